import json

import madecells
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from raie.exceptions import MissingError, UsageError


def test_cells_come_by_method_and_seed_as_they_were_written(tmp_path):
    for method, seed in (("lora", 10), ("lora", 2), ("frozen", 0)):
        madecells.write_cell(tmp_path, method, seed)
    cells = madecells.read(tmp_path)
    assert [(cell.method, cell.seed) for cell in cells] == [("frozen", 0), ("lora", 2), ("lora", 10)]
    made = madecells.columns(10, "lora", 1.0)
    for name, column in made.items():
        assert np.array_equal(getattr(cells[2].windows, name), column)
    assert cells[2].record.settings == {"rank": 8, "learning_rate": 0.0005}
    assert cells[2].record.protocol.windows.finetune == 1234


def test_no_cells_name_the_command_that_makes_them(tmp_path):
    madecells.write_cell(tmp_path, "lora")
    with pytest.raises(MissingError, match="raie experiment run --dataset foursquare --backbone bert4rec"):
        madecells.read(tmp_path, backbone="bert4rec")


def test_another_protocol_has_cells_of_its_own(tmp_path):
    madecells.write_cell(tmp_path, "lora")
    with pytest.raises(MissingError):
        madecells.read(tmp_path, protocol="paper")


def test_files_that_are_still_being_written_are_no_cells(tmp_path):
    file = madecells.write_cell(tmp_path, "lora")
    file.with_name(".1.json.123").write_text("{")
    file.with_name("1.partial.json").write_text("{")
    file.with_name("2.parquet").write_bytes(b"PAR1")
    assert [cell.seed for cell in madecells.read(tmp_path)] == [0]


def without(record, key):
    del record[key]


BROKEN = [
    (lambda record: record.update(format=2), "format"),
    (lambda record: record.update(colour="red"), "colour"),
    (lambda record: record.update(seed="0"), "seed"),
    (lambda record: without(record, "trials"), "trials"),
    (lambda record: record["protocol"].update(length=20.5), "protocol.length"),
    (lambda record: record["scores"]["test"].update(recall_at_10=41.0), "scores.test.recall_at_10"),
    (lambda record: record["scores"]["test"].update(ndcg_at_10=float("nan")), "scores.test.ndcg_at_10"),
    (lambda record: record["cost"].update(steps=-1), "cost.steps"),
    (lambda record: record["settings"].update(margin=float("inf")), "settings.margin"),
    (lambda record: record.update(method="full"), "foursquare/production/sasrec/full/0.json"),
    (lambda record: record["protocol"]["windows"].update(test=81), "test has 80 ranks for 81 windows"),
    (lambda record: record["scores"]["test"].update(recall_at_10=0.0), r"test.recall_at_10 = 0.0, but 0\."),
    (lambda record: record["scores"]["setup_seen"].update(ndcg_at_10=0.9), "setup_seen.ndcg_at_10 = 0.9"),
]


@pytest.mark.parametrize(("breaking", "message"), BROKEN)
def test_a_malformed_document_is_one_line_that_names_file_and_field(tmp_path, breaking, message):
    file = madecells.write_cell(tmp_path, "lora")
    record = json.loads(file.read_text())
    breaking(record)
    file.write_text(json.dumps(record))
    with pytest.raises(UsageError, match=message) as caught:
        madecells.read(tmp_path)
    assert str(file) in str(caught.value)
    assert "run the cell again" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "\x00\ud800"])
def test_what_is_no_document_is_one_line(tmp_path, text):
    file = madecells.write_cell(tmp_path, "lora")
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(UsageError, match="run the cell again") as caught:
        madecells.read(tmp_path)
    assert "\n" not in str(caught.value)


def test_scores_that_were_rounded_are_taken(tmp_path):
    file = madecells.write_cell(tmp_path, "lora")
    record = json.loads(file.read_text())
    for score in record["scores"].values():
        score.update({name: round(value, 4) for name, value in score.items()})
    file.write_text(json.dumps(record))
    assert madecells.read(tmp_path)[0].record.scores.test.ndcg_at_10 == record["scores"]["test"]["ndcg_at_10"]


def changed(columns, **values):
    return columns | {name: value(columns[name]) for name, value in values.items()}


RANKS = [
    ({"rank": lambda rank: rank - 100}, "the best is 1"),
    ({"rank": lambda rank: rank + 0.5}, "holds no part, user_id, rank"),
    ({"part": lambda part: np.where(part == "test", "tset", part)}, "a part 'tset'"),
    ({"user_id": lambda user: [None, *user[1:]]}, "empty values"),
]


@pytest.mark.parametrize(("values", "message"), RANKS)
def test_malformed_ranks_are_one_line(tmp_path, values, message):
    file = madecells.write_cell(tmp_path, "lora").with_suffix(".parquet")
    pq.write_table(pa.table(changed(madecells.columns(0, "lora", 1.0), **values)), file)
    with pytest.raises(UsageError, match=message) as caught:
        madecells.read(tmp_path)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_ranks_that_are_missing_or_no_parquet_are_refused(tmp_path):
    file = madecells.write_cell(tmp_path, "lora").with_suffix(".parquet")
    pq.write_table(pq.read_table(file).drop_columns(["rank"]), file)
    with pytest.raises(UsageError, match="holds no part, user_id, rank"):
        madecells.read(tmp_path)
    file.write_bytes(b"no parquet")
    with pytest.raises(UsageError, match="run the cell again"):
        madecells.read(tmp_path)
    file.unlink()
    with pytest.raises(UsageError, match=r"has no 0.parquet beside it"):
        madecells.read(tmp_path)


def test_strings_may_be_stored_in_any_of_arrows_ways(tmp_path):
    file = madecells.write_cell(tmp_path, "lora").with_suffix(".parquet")
    before = madecells.read(tmp_path)[0].windows
    plain = pq.read_table(file)
    stored = pa.table(
        {
            "rank": plain["rank"],
            "user_id": plain["user_id"].cast(pa.large_string()),
            "part": plain["part"].dictionary_encode(),
        }
    )
    pq.write_table(stored, file)
    after = madecells.read(tmp_path)[0].windows
    assert np.array_equal(after.part, before.part)
    assert np.array_equal(after.user_id, before.user_id)
    assert np.array_equal(after.rank, before.rank)
