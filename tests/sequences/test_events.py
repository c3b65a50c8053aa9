import numpy as np
import pandas as pd
import pytest

from raie.exceptions import UsageError
from raie.sequences.events import Events, events_of, in_time_order
from raie.sequences.vocabulary import Vocabulary


def make(users, items, times):
    return Events(np.array(users, np.str_), np.array(items, np.int32), np.array(times, np.int64))


def test_a_table_becomes_events():
    frame = pd.DataFrame({"user_id": ["7", "x"], "item_id": ["b", "new"], "timestamp": [5, 6]})
    events = events_of(frame, Vocabulary(("a", "b")))
    assert events.user_ids.tolist() == ["7", "x"]
    assert events.items.tolist() == [2, 0]
    assert events.times.dtype == np.int64


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
