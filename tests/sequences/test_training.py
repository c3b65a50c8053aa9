import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from raie.sequences.events import Events
from raie.sequences.training import cut_rows, timelines_of
from raie.sequences.vocabulary import PAD

OWNERS = st.lists(st.integers(0, 3), max_size=60)


def events_of(owners):
    users = np.array([f"u{owner}" for owner in owners], np.str_)
    return Events(users, np.arange(1, len(users) + 1, dtype=np.int32), np.arange(len(users)) + 50)


def by_owner(events):
    return {user: events.items[events.user_ids == user].tolist() for user in set(events.user_ids.tolist())}


def gathered(rows):
    items, times = rows.gather(np.arange(len(rows)))
    assert items.shape == times.shape == (len(rows), rows.length)
    assert (items.dtype, times.dtype) == (np.int32, np.int64)
    np.testing.assert_array_equal(times, np.where(items == PAD, 0, items + 49))
    return items


@given(OWNERS)
def test_a_timeline_is_what_a_user_did_in_order(owners):
    events = events_of(owners)
    timelines = timelines_of(events)
    found = [part.tolist() for part in np.split(timelines.items, timelines.ends[:-1])] if owners else []
    assert sorted(part for part in found if part) == sorted(
        mine for mine in by_owner(events).values() if len(mine) > 1
    )
    np.testing.assert_array_equal(timelines.times, timelines.items + 49)


@given(OWNERS, st.integers(2, 7))
def test_every_event_but_the_first_follows_its_predecessor_once(owners, length):
    events = events_of(owners)
    pairs = [
        (int(left), int(right))
        for row in gathered(cut_rows(timelines_of(events), length))
        for left, right in zip(row[:-1], row[1:], strict=True)
        if left != PAD
    ]
    wanted = []
    for mine in by_owner(events).values():
        wanted += list(zip(mine[:-1], mine[1:], strict=True))
    assert sorted(pairs) == sorted(wanted)


@given(OWNERS, st.integers(2, 7), st.data())
def test_with_offsets_as_many_rows_end_earlier(owners, length, data):
    events = events_of(owners)
    timelines = timelines_of(events)
    n_users = len(timelines.ends)
    offsets = np.array(
        data.draw(st.lists(st.integers(0, length - 2), min_size=n_users, max_size=n_users)), np.int64
    )
    still, moved = cut_rows(timelines, length), cut_rows(timelines, length, offsets=offsets)
    assert len(moved) == len(still)
    np.testing.assert_array_equal(moved.firsts, still.firsts)
    for row, owner in zip(
        gathered(moved), np.searchsorted(timelines.ends, moved.firsts, "right"), strict=True
    ):
        mine = next(
            items
            for items in by_owner(events).values()
            if items[-1] == timelines.items[timelines.ends[owner] - 1]
        )
        own = [item for item in row.tolist() if item != PAD]
        end = mine.index(own[-1]) + 1
        assert len(own) >= 2 and own == mine[max(0, end - length) : end]
        assert end == len(mine) or (len(mine) - end) % (length - 1) == offsets[owner]


def test_padding_stands_on_the_left():
    rows = cut_rows(timelines_of(events_of([0] * 6)), 4)
    assert gathered(rows).tolist() == [[0, 1, 2, 3], [3, 4, 5, 6]]


def test_a_row_that_an_offset_would_empty_ends_at_the_newest_event():
    rows = cut_rows(timelines_of(events_of([0] * 6)), 4, offsets=np.array([2]))
    assert gathered(rows).tolist() == [[3, 4, 5, 6], [1, 2, 3, 4]]
