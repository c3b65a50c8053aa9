import numpy as np
import pytest

from raie.exceptions import MissingError, UsageError
from raie.sequences.events import Events
from raie.sequences.histories import Histories, update
from raie.sequences.windows import production_windows


def some_events(n=300, seed=0):
    rng = np.random.default_rng(seed)
    users = np.array([f"u{user}" for user in rng.integers(0, 12, n)])
    return Events(
        users, rng.integers(1, 40, n).astype(np.int32), np.sort(rng.choice(10_000, n, replace=False))
    )


def nights(events, cuts):
    return [events.take(part) for part in np.split(np.arange(len(events)), cuts)]


def run(parts, length=6, kept=6):
    histories, cut = Histories.empty(kept), []
    for part in parts:
        histories, windows = update(histories, part, length=length, min_history=1)
        cut.append(windows)
    return histories, cut


def test_night_by_night_equals_all_at_once():
    events = some_events()
    whole = production_windows(events, np.ones(len(events), bool), length=6, min_history=1)
    _, cut = run(nights(events, [100, 101, 230]))
    for field in ("user_ids", "histories", "history_times", "next_items", "label_times"):
        np.testing.assert_array_equal(np.concatenate([getattr(w, field) for w in cut]), getattr(whole, field))


def test_what_is_kept_does_not_grow_with_the_nights():
    histories, _ = run(nights(some_events(2000), list(range(100, 2000, 100))))
    _, counts = np.unique(histories.events.user_ids, return_counts=True)
    assert counts.max() <= 6


def test_the_kept_events_are_each_users_last():
    events = some_events()
    histories, _ = run(nights(events, [50, 200]))
    for user in np.unique(events.user_ids):
        kept = histories.events.items[histories.events.user_ids == user]
        np.testing.assert_array_equal(kept, events.items[events.user_ids == user][-6:])


def test_a_late_event_finds_its_place():
    early = Events(np.array(["a"] * 3), np.array([1, 2, 3], np.int32), np.array([10, 20, 40]))
    late = Events(np.array(["a"]), np.array([9], np.int32), np.array([30]))
    histories, (_, windows) = run([early, late])
    assert windows.histories.tolist() == [[0, 0, 0, 0, 1, 2]]
    assert histories.events.items.tolist() == [1, 2, 9, 3]


def test_an_update_leaves_the_previous_histories_alone():
    first, second = nights(some_events(), [150])
    before, _ = run([first])
    items = before.events.items.copy()
    update(before, second, length=6, min_history=1)
    np.testing.assert_array_equal(before.events.items, items)


def test_the_latest_histories_of_all_users():
    events = some_events()
    histories, _ = run(nights(events, [120]))
    windows = histories.latest(4)
    assert windows.user_ids.tolist() == sorted(set(events.user_ids.tolist()))
    for user, history in zip(windows.user_ids, windows.histories, strict=True):
        np.testing.assert_array_equal(history, events.items[events.user_ids == user][-4:])
    assert (windows.next_items == 0).all()
    with pytest.raises(UsageError, match="keep 6 events per user, 7 were asked for"):
        histories.latest(7)


def test_round_trip_and_equal_bytes(tmp_path):
    histories, _ = run([some_events()])
    for name in ("one", "two"):
        histories.save(tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    loaded = Histories.load(tmp_path / "one", length=6)
    for field in ("user_ids", "items", "times"):
        np.testing.assert_array_equal(getattr(loaded.events, field), getattr(histories.events, field))


def test_nobody_has_a_history_yet(tmp_path):
    Histories.empty(6).save(tmp_path / "none")
    assert len(Histories.load(tmp_path / "none", length=6).latest(3)) == 0
    with pytest.raises(MissingError, match="no histories at"):
        Histories.load(tmp_path / "gone", length=6)
