"""A table of interactions as histories: the rules of the inbox, whatever the table looks like."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from raie.exceptions import UsageError
from raie.sequences.vocabulary import Vocabulary
from raie.tracking.asked import histories_of, interactions_of

VOCABULARY = Vocabulary(("a", "b", "c", "d"))
ROWS = st.lists(
    st.tuples(
        st.sampled_from("xyz"), st.sampled_from("abcdnew"), st.integers(0, 50), st.sampled_from([1.0, 5.0])
    ),
    min_size=1,
    max_size=40,
    unique_by=lambda row: row[2],
)


def table(rows):
    return pd.DataFrame(rows, columns=["user_id", "item_id", "timestamp", "rating"])


@given(ROWS)
def test_a_history_is_the_newest_known_positives_and_seen_is_everything_known(rows):
    current, seen = histories_of(interactions_of(table(rows)), VOCABULARY, min_rating=3.0, length=3)
    known = [row for row in sorted(rows, key=lambda row: row[2]) if row[1] in VOCABULARY.items]
    expected = {}
    for user, item, _, rating in known:
        if rating >= 3:
            expected.setdefault(user, []).append(VOCABULARY.items.index(item) + 1)
    assert current.user_ids.tolist() == sorted(expected)
    for user, history, touched in zip(current.user_ids, current.histories, seen, strict=True):
        assert history[history > 0].tolist() == expected[user][-3:]
        mine = {VOCABULARY.items.index(row[1]) + 1 for row in known if row[0] == user}
        assert touched.tolist() == sorted(mine)


@given(ROWS, st.randoms())
def test_neither_order_nor_repetition_matters(rows, random):
    shuffled = [*rows, *random.choices(rows, k=5)]
    random.shuffle(shuffled)
    pd.testing.assert_frame_equal(interactions_of(table(shuffled)), interactions_of(table(rows)))


def test_rows_of_one_second_keep_their_order():
    rows = interactions_of(table([("x", "b", 9, 1.0), ("x", "a", 9, 1.0), ("x", "c", 3, 1.0)]))
    assert rows["item_id"].tolist() == ["c", "b", "a"]


@pytest.mark.parametrize(
    "times",
    [
        pd.to_datetime(["2024-03-01 00:00:00.9", "2024-03-02"], format="ISO8601"),
        pd.to_datetime(["2024-03-01T01:00:00.9+01:00", "2024-03-02T01:00+01:00"], format="ISO8601"),
        ["1709251200", "1709337600"],
        np.array([1709251200.0, 1709337600.0]),
        pd.array([1709251200, 1709337600], dtype="Int64"),
        np.array([1709251200, 1709337600], dtype=object),
    ],
)
def test_times_may_be_seconds_or_datetimes(times):
    frame = pd.DataFrame({"user_id": [1, 2], "item_id": ["a", "b"], "timestamp": times}, index=[7, 7])
    assert interactions_of(frame)["timestamp"].tolist() == [1709251200, 1709337600]


@pytest.mark.parametrize(
    "ids", [[7, 8], [7.0, 8.0], ["7", "8"], pd.Categorical(["7", "8"]), pd.array([7, 8], dtype="Int64")]
)
def test_ids_may_be_text_or_whole_numbers(ids):
    frame = pd.DataFrame({"user_id": ids, "item_id": ids, "timestamp": [1, 2]})
    rows = interactions_of(frame)
    assert rows["user_id"].tolist() == rows["item_id"].tolist() == ["7", "8"]
    assert rows["rating"].isna().all()


def test_the_table_itself_stays_as_it_is():
    frame = table([("x", "b", 9, 1.0), ("x", "a", 3, 1.0)])
    before = frame.copy(deep=True)
    interactions_of(frame)
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"user_id": [None, "x"]}, "line 1, user_id: '' is missing; write a value or remove the row"),
        ({"item_id": ["a", ""]}, "line 2, item_id: '' is missing"),
        ({"timestamp": [pd.NaT, pd.Timestamp("2024-03-01")]}, "line 1, timestamp: '' is missing"),
        ({"timestamp": [1.5, 2.0]}, "timestamp: '1.5' is not a whole number"),
        ({"user_id": [1.5, 2.0]}, "user_id: '1.5' is not a whole number"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_with_its_line(change, message):
    frame = pd.DataFrame({"user_id": ["x", "y"], "item_id": ["a", "b"], "timestamp": [1, 2]} | change)
    with pytest.raises(UsageError, match=message):
        interactions_of(frame)


def test_a_table_without_columns_or_rows_is_refused():
    with pytest.raises(
        UsageError, match="column user_id, item_id, timestamp is missing, found: none: name it"
    ):
        interactions_of(pd.DataFrame())
    with pytest.raises(UsageError, match="no interactions were given: pass at least one row per user"):
        interactions_of(table([]))
