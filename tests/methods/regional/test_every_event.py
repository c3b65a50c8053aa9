"""Every event that windows tell of is what came next once."""

from dataclasses import replace

import numpy as np

from raie.methods.regional.everyevent import every_event
from raie.sequences.events import Events
from raie.sequences.windows import Windows, production_windows

LENGTH, SINCE = 4, 1_000


def some_events():
    generator = np.random.default_rng(0)
    times = np.sort(generator.integers(0, 2_000, 400))
    users = np.array([f"u{user}" for user in generator.integers(9, size=400)])
    return Events(users, generator.integers(1, 30, 400).astype(np.int32), times)


def rows_of(windows):
    """Windows as tuples, whatever their order within a second."""
    return sorted(
        zip(
            windows.user_ids.tolist(),
            windows.label_times.tolist(),
            windows.next_items.tolist(),
            map(tuple, windows.histories.tolist()),
            strict=True,
        )
    )


def test_all_windows_together_are_told_again():
    events = some_events()
    every = production_windows(events, events.times >= SINCE, length=LENGTH, min_history=1)
    assert rows_of(every_event(every)) == rows_of(every)


def test_a_window_tells_by_what_stands_before_each_of_its_events():
    two = Windows(
        np.array(["u0", "u1"]),
        np.array([[0, 0, 0, 0, 3], [0, 7, 8, 9, 5]], dtype=np.int32),
        np.array([[0, 0, 0, 0, 40], [0, 90, 100, 100, 120]]),
        np.array([4, 6], dtype=np.int32),
        np.array([50, 130]),
    )
    found = every_event(two)
    told = list(zip(found.next_items.tolist(), found.histories.tolist(), strict=True))
    assert told == [
        (4, [0, 0, 0, 0, 3]),
        (8, [0, 0, 0, 0, 7]),
        (9, [0, 0, 0, 0, 7]),
        (5, [0, 0, 7, 8, 9]),
        (6, [0, 7, 8, 9, 5]),
    ]


def test_a_label_enters_no_history_in_which_it_did_not_stand():
    events = some_events()
    every = production_windows(events, events.times >= SINCE, length=LENGTH, min_history=1)
    false = replace(every, next_items=np.full_like(every.next_items, 77))
    found = every_event(false)
    assert not (found.histories == 77).any()
    assert (found.next_items == 77).sum() == len(set(zip(false.user_ids, false.label_times, strict=True)))


def test_labels_and_what_stands_between_them_are_told_once():
    events = some_events()
    every = production_windows(events, events.times >= SINCE, length=LENGTH, min_history=1)
    some = every.take(np.flatnonzero(np.arange(len(every)) % 3 == 0))
    found, known = every_event(some), {row[:3] for row in rows_of(every)}
    told = {row[:3] for row in rows_of(found)}
    assert {row[:3] for row in rows_of(some)} < told <= known
    assert len(told) == len(found)
    assert found.label_times.min() >= some.label_times.min()
    assert (np.diff(found.label_times) >= 0).all()


def test_no_history_holds_what_came_later():
    events = some_events()
    every = production_windows(events, events.times >= SINCE, length=LENGTH, min_history=3)
    found = every_event(every.take(np.flatnonzero(np.arange(len(every)) % 5 == 0)))
    assert (found.history_times.max(axis=1) < found.label_times).all()
    assert (found.histories[:, -1] != 0).all()


def test_nothing_tells_of_nothing():
    events = some_events()
    every = production_windows(events, events.times >= SINCE, length=LENGTH, min_history=1)
    assert len(every_event(every.take(slice(0)))) == 0
