"""Files of interactions as experiments read them: with a header or without, in any order of columns."""

import itertools

import numpy as np
import pandas as pd
import pytest

from raie.exceptions import UsageError
from raie.experiments.cells.dataset import columns_of, read_positives
from raie.experiments.cells.question import question_of
from raie.interactions.readers import first_fields
from raie.interactions.textfiles import LONGEST
from raie.params import Columns

ROWS = [("u1", "a", 5.0, 1_600_000_000), ("u2", "b", 2.0, 1_600_000_060), ("u1", "c", 4.0, 1_600_000_120)]
ORDER = ("user_id", "item_id", "rating", "timestamp")


def written(folder, name, header, order=ORDER):
    lines = [",".join(str(row[ORDER.index(each)]) for each in order) for row in ROWS]
    file = folder / name
    file.write_text("\n".join(([header] if header else []) + lines) + "\n")
    return file


def items_of(events):
    return [events.user_ids.tolist(), events.items.tolist(), events.times.tolist()]


WHOLE = [["u1", "u2", "u1"], [1, 2, 3], [1_600_000_000, 1_600_000_060, 1_600_000_120]]


@pytest.mark.parametrize("order", itertools.permutations(ORDER))
def test_the_usual_names_are_found_in_any_order(tmp_path, order):
    file = written(tmp_path, "events.csv", ",".join(order), order)
    assert items_of(read_positives(file, None)) == WHOLE
    assert read_positives(file, 4.0).items.tolist() == [1, 2], "the rating is read, too"


def test_other_names_and_positions_are_said(tmp_path):
    named = written(tmp_path, "named.csv", "userId,movieId,rating,timestamp")
    bare = written(tmp_path, "bare.csv", "")
    for file, text in ((named, "userId, movieId, timestamp, rating"), (bare, "0,1,3,2")):
        assert items_of(read_positives(file, None, columns_of(text))) == WHOLE
        assert len(read_positives(file, 4.0, columns_of(text))) == 2
    first = written(tmp_path, "first.csv", "", ("user_id", "item_id", "timestamp", "rating"))
    assert items_of(read_positives(first, None)) == WHOLE, "without a header the first three are taken"


def test_a_header_may_name_types(tmp_path):
    """RecBole's atomic files."""
    file = tmp_path / "ml.inter"
    header = "user_id:token\titem_id:token\trating:float\ttimestamp:float"
    file.write_text("\n".join([header, *("\t".join(map(str, row)) for row in ROWS)]) + "\n")
    assert items_of(read_positives(file, None)) == WHOLE
    assert read_positives(file, 4.0).items.tolist() == [1, 2]
    assert len(read_positives(file, None, columns_of("user_id,item_id,timestamp"))) == 3


def test_movielens_100k_says_where_its_time_is(tmp_path):
    file = tmp_path / "u.data"
    file.write_text("".join("\t".join(map(str, row)) + "\n" for row in ROWS))
    assert items_of(read_positives(file, None, columns_of("0,1,3,2"))) == WHOLE
    with pytest.raises(UsageError, match=r"latest time is 5, .*say with --columns where"):
        read_positives(file, None)


def test_parquet_may_have_other_names(tmp_path):
    frame = pd.DataFrame(ROWS, columns=["who", "what", "stars", "when"])
    frame.to_parquet(tmp_path / "events.parquet")
    read = read_positives(tmp_path / "events.parquet", 4.0, columns_of("who,what,when,stars"))
    assert read.user_ids.tolist() == ["u1", "u1"]


@pytest.mark.parametrize("text", ["", "a,b", "a,b,c,d,e", "0,1,time", "a,,c", "-1,0,1", "0,1,2.5"])
def test_what_are_no_columns_is_refused(text):
    with pytest.raises(UsageError, match="name user, item, time and perhaps rating"):
        columns_of(text)


def test_columns_that_cannot_be_guessed_are_asked_for(tmp_path):
    named = written(tmp_path, "named.csv", "userId,movieId,rating,timestamp")
    with pytest.raises(
        UsageError, match=r"begins with 'userId, movieId, rating, timestamp': say with --columns"
    ):
        read_positives(named, None)
    wrong = {"user": "user,movieId,timestamp", "stars": "userId,movieId,timestamp,stars", "4": "0,1,4"}
    for missing, text in wrong.items():
        with pytest.raises(UsageError, match=f"no column '{missing}', correct --columns"):
            read_positives(named, None, columns_of(text))
    bare = written(tmp_path, "bare.csv", "")
    with pytest.raises(UsageError, match=r"the latest time is 5, which is before 1973: say with --columns"):
        read_positives(bare, None)


def test_a_first_line_of_any_length_is_looked_at_and_no_more(tmp_path):
    file = tmp_path / "long.csv"
    file.write_text("user,\x1b[31mitem,time" + "x" * 10**6 + "\n")
    assert len(",".join(first_fields(file))) == LONGEST
    with pytest.raises(UsageError, match="say with --columns") as caught:
        read_positives(file, None)
    assert len(str(caught.value)) < 400
    assert "\x1b" not in str(caught.value), "nothing that a terminal would obey"


def test_a_question_is_another_if_its_columns_are(tmp_path):
    file = written(tmp_path, "bare.csv", "")

    def asked(columns):
        wanted = {"backbone": "sasrec", "protocol": "production", "min_rating": None}
        return question_of(file, **wanted, columns=columns)

    one, other, usual = asked(columns_of("0,1,3")), asked(columns_of("1,0,3")), asked(None)
    assert len({each.digest for each in (one, other, usual)}) == 3
    assert asked(Columns(user_id=0, item_id=1, timestamp=3)).digest == one.digest
    assert np.array_equal(read_positives(file, None, one.columns).items, [1, 2, 3])
