import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raie.exceptions import MissingError, UsageError
from raie.sequences.events import Events
from raie.sequences.vocabulary import PAD
from raie.sequences.windows import Windows, block_windows, concatenate, production_windows

FIELDS = ("user_ids", "histories", "history_times", "next_items", "label_times")


@st.composite
def tied_events(draw):
    """Several users, unique items, and few seconds, so that ties are common."""
    n = draw(st.integers(0, 60))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    users = np.array([f"u{user}" for user in rng.integers(0, 4, n)], dtype=np.str_)
    times = np.sort(rng.integers(100, 100 + draw(st.integers(1, 80)), n))
    return Events(users, np.arange(1, n + 1, dtype=np.int32), times)


def assert_same(left, right):
    for field in FIELDS:
        np.testing.assert_array_equal(getattr(left, field), getattr(right, field))


def expected_history(events, label, length):
    earlier = [
        row
        for row in range(label)
        if events.user_ids[row] == events.user_ids[label] and events.times[row] < events.times[label]
    ]
    return earlier[-length:]


@given(tied_events(), st.integers(1, 6), st.integers(1, 3))
def test_production_windows_agree_with_a_slow_definition(events, length, min_history):
    is_label = np.arange(len(events)) % 3 != 0
    windows = production_windows(events, is_label, length=length, min_history=min_history)
    wanted = []
    for label in np.flatnonzero(is_label):
        if len(expected_history(events, label, len(events))) >= min_history:
            wanted.append((label, expected_history(events, label, length)))
    assert len(windows) == len(wanted)
    for row, (label, history) in enumerate(wanted):
        padding = [PAD] * (length - len(history))
        assert windows.user_ids[row] == events.user_ids[label]
        assert windows.next_items[row] == events.items[label]
        assert windows.label_times[row] == events.times[label]
        assert windows.histories[row].tolist() == padding + events.items[history].tolist()
        assert windows.history_times[row].tolist() == padding + events.times[history].tolist()


@given(tied_events(), st.integers(1, 6))
def test_no_history_holds_an_event_at_or_after_its_label(events, length):
    windows = production_windows(events, np.ones(len(events), bool), length=length, min_history=1)
    # Items number the rows of these events.
    assert (windows.histories < windows.next_items[:, None]).all()
    assert (windows.history_times < windows.label_times[:, None]).all()


@given(tied_events(), st.integers(1, 5), st.integers(1, 4))
def test_block_windows_agree_with_a_slow_definition(events, length, stride):
    windows = block_windows(events, length=length, stride=stride)
    wanted = {}
    for user in set(events.user_ids.tolist()):
        items = events.items[events.user_ids == user]
        for end in range(len(items), length, -stride):
            wanted[items[end - 1]] = items[end - 1 - length : end - 1].tolist()
    assert windows.next_items.tolist() == sorted(wanted)
    for label, history in zip(windows.next_items, windows.histories.tolist(), strict=True):
        assert history == wanted[label]


def test_each_users_last_block_ends_at_the_last_event():
    users = np.array(["a", "b"] * 9)
    events = Events(users, np.arange(1, 19, dtype=np.int32), np.arange(18))
    windows = block_windows(events, length=4, stride=3)
    assert windows.next_items[windows.user_ids == "a"].tolist() == [11, 17]
    assert windows.next_items[windows.user_ids == "b"].tolist() == [12, 18]


@settings(max_examples=25)
@given(tied_events(), st.permutations(["u0", "u1", "u2", "u3"]))
def test_renaming_users_only_renames_users(events, names):
    renamed = Events(
        np.array([names[int(user[1])] for user in events.user_ids], np.str_), events.items, events.times
    )
    for cut in (
        lambda e: production_windows(e, np.ones(len(e), bool), length=3, min_history=1),
        lambda e: block_windows(e, length=3, stride=2),
    ):
        before, after = cut(events), cut(renamed)
        np.testing.assert_array_equal(before.histories, after.histories)
        np.testing.assert_array_equal(before.next_items, after.next_items)


def test_shapes_and_types():
    events = Events(np.array(["a"] * 5), np.arange(1, 6, dtype=np.int32), np.arange(5))
    windows = production_windows(events, np.ones(5, bool), length=8, min_history=2)
    assert len(windows) == 3
    assert windows.histories.shape == windows.history_times.shape == (3, 8)
    assert windows.histories.dtype == windows.next_items.dtype == np.int32
    assert windows.history_times.dtype == windows.label_times.dtype == np.int64


def some_windows():
    events = Events(np.array(["ann", "b"] * 6), np.arange(1, 13, dtype=np.int32), np.arange(12))
    return production_windows(events, np.ones(12, bool), length=4, min_history=1)


@pytest.mark.parametrize("mmap", [False, True])
def test_round_trip(tmp_path, mmap):
    some_windows().save(tmp_path / "windows")
    loaded = Windows.load(tmp_path / "windows", mmap=mmap)
    assert_same(loaded, some_windows())
    assert isinstance(loaded.histories, np.memmap) == mmap


def test_the_same_windows_give_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        some_windows().save(tmp_path / name)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_a_missing_file_is_named(tmp_path):
    some_windows().save(tmp_path)
    (tmp_path / "next_items.npy").unlink()
    with pytest.raises(MissingError, match="next_items.npy is missing"):
        Windows.load(tmp_path)


def test_parts_join_to_the_whole():
    whole = some_windows()
    parts = [whole.take(np.arange(3)), whole.take(np.arange(3, len(whole)))]
    assert_same(concatenate(parts), whole)


def test_windows_of_two_lengths_do_not_join():
    events = Events(np.array(["a"] * 5), np.arange(1, 6, dtype=np.int32), np.arange(5))
    parts = [block_windows(events, length=length, stride=1) for length in (2, 3)]
    with pytest.raises(UsageError, match=r"lengths \[2, 3\]"):
        concatenate(parts)


def test_unknown_items_close_up():
    windows = Windows(
        np.array(["a", "b"]),
        np.array([[0, 9, 1, 2], [3, 7, 8, 4]], np.int32),
        np.array([[0, 1, 2, 3], [4, 5, 6, 7]]),
        np.array([2, 8], np.int32),
        np.array([8, 9]),
    )
    known = windows.known_up_to(4)
    assert known.histories.tolist() == [[0, 0, 1, 2], [0, 0, 3, 4]]
    assert known.history_times.tolist() == [[0, 0, 2, 3], [0, 0, 4, 7]]
    assert known.next_items.tolist() == [2, PAD]
    assert_same(windows.known_up_to(9), windows)
