import numpy as np
import pandas as pd
import pytest

from raie.exceptions import UsageError
from raie.sequences import events
from raie.sequences.events import Events, by_user, events_of, in_time_order, last_before
from raie.sequences.vocabulary import Vocabulary


def make(users, items, times):
    return Events(np.array(users, np.str_), np.array(items, np.int32), np.array(times, np.int64))


def test_a_table_becomes_events():
    frame = pd.DataFrame({"user_id": ["7", "x"], "item_id": ["b", "new"], "timestamp": [5, 6]})
    found = events_of(frame, Vocabulary(("a", "b")))
    assert found.user_ids.tolist() == ["7", "x"]
    assert found.items.tolist() == [2, 0]
    assert found.times.dtype == np.int64


def test_events_out_of_order_are_refused():
    with pytest.raises(UsageError, match="not in time order"):
        make(["a", "a"], [1, 2], [5, 4])


def test_arrays_of_different_lengths_are_refused():
    with pytest.raises(UsageError, match="got 1, 2, 2"):
        make(["a"], [1, 2], [4, 5])


def test_ties_keep_the_order_of_the_parts():
    merged, part = in_time_order([make(["a", "a"], [1, 2], [5, 7]), make(["a", "b"], [3, 4], [5, 6])])
    assert merged.items.tolist() == [1, 3, 4, 2]
    assert part.tolist() == [0, 1, 1, 0]


def test_gathering_in_parts_changes_nothing(monkeypatch):
    generator = np.random.default_rng(0)
    log = make(generator.integers(0, 5, 60).astype(str), generator.integers(1, 9, 60), np.arange(60))
    users, places = by_user(log), np.arange(60)
    whole = last_before(log, users, places=places, ends=places + 1, length=7)
    monkeypatch.setattr(events, "GATHERED_AT_ONCE", 13)
    for part, expected in zip(
        last_before(log, users, places=places, ends=places + 1, length=7), whole, strict=True
    ):
        assert part.dtype == expected.dtype
        np.testing.assert_array_equal(part, expected)


def test_nobody_did_nothing():
    nobody = make([], [], [])
    items, times = last_before(nobody, by_user(nobody), places=np.arange(0), ends=np.arange(0), length=7)
    assert items.shape == times.shape == (0, 7)
