import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from raie.sequences.events import Events
from raie.sequences.training import training_rows
from raie.sequences.vocabulary import PAD


@given(st.lists(st.integers(0, 3), max_size=60), st.integers(2, 7))
def test_every_event_but_the_first_follows_its_predecessor_once(owners, max_length):
    users = np.array([f"u{owner}" for owner in owners], np.str_)
    events = Events(users, np.arange(1, len(users) + 1, dtype=np.int32), np.arange(len(users)) + 50)
    items, times = training_rows(events, max_length)
    assert items.shape == times.shape == (len(items), max_length)
    pairs = [
        (int(left), int(right))
        for row in items
        for left, right in zip(row[:-1], row[1:], strict=True)
        if left != PAD
    ]
    wanted = []
    for user in set(users.tolist()):
        mine = events.items[users == user].tolist()
        wanted += list(zip(mine[:-1], mine[1:], strict=True))
    assert sorted(pairs) == sorted(wanted)
    np.testing.assert_array_equal(times, np.where(items == PAD, 0, items + 49))


def test_padding_stands_on_the_left():
    events = Events(np.array(["a"] * 6), np.arange(1, 7, dtype=np.int32), np.arange(6))
    rows = training_rows(events, 4)
    assert rows.items.tolist() == [[0, 1, 2, 3], [3, 4, 5, 6]]
