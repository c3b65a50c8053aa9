"""A region's memory: a bounded sample that does not know how its rows were spread over nights."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raie.encodings.memory import Memory, joined
from raie.exceptions import MissingError
from raie.sequences.windows import Windows

NAMES = np.array(["r0001", "r0002", "r0010", ""])


def memory_of(n, seed=0):
    rng = np.random.default_rng(seed)
    histories = rng.integers(0, 9, (n, 4)).astype(np.int32)
    windows = Windows(
        np.array([f"user{rng.integers(n)}" for _ in range(n)], dtype=np.str_),
        histories,
        histories.astype(np.int64) * 10,
        rng.integers(1, 9, n).astype(np.int32),
        rng.permutation(n).astype(np.int64) + 1_000,
    )
    encodings = rng.standard_normal((n, 6)).astype(np.float32)
    return Memory(windows, encodings, NAMES[rng.choice(4, n, p=[0.5, 0.3, 0.15, 0.05])])


def arrays(memory):
    parts = {field.name: getattr(memory.windows, field.name) for field in fields(Windows)}
    return {**parts, "encodings": memory.encodings, "region_ids": memory.region_ids}


def assert_same(one, other):
    for name, array in arrays(one).items():
        assert array.dtype.kind == arrays(other)[name].dtype.kind
        np.testing.assert_array_equal(array, arrays(other)[name], err_msg=name)


def sizes(memory):
    return dict(zip(*np.unique(memory.region_ids, return_counts=True), strict=True))


@pytest.fixture
def memory():
    return memory_of(300)


def test_a_region_keeps_at_most_its_bound_and_smaller_ones_everything(memory):
    before, after = sizes(memory), sizes(memory.bounded(40))
    assert after == {name: min(count, 40) for name, count in before.items()}
    assert min(before.values()) < 40 < max(before.values())


def test_rows_keep_their_order(memory):
    times = memory.windows.label_times.tolist()
    kept = [times.index(time) for time in memory.bounded(40).windows.label_times]
    assert kept == sorted(kept)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 300), max_size=6), st.integers(1, 60))
def test_the_sample_does_not_depend_on_how_rows_were_spread_over_nights(cuts, size):
    memory = memory_of(300)
    nights = np.split(np.arange(300), sorted(cuts))
    kept = memory.take(nights[0]).bounded(size)
    for night in nights[1:]:
        kept = joined(kept, memory.take(night)).bounded(size)
    assert_same(kept, memory.bounded(size))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 60))
def test_permuting_rows_permutes_the_sample(seed, size):
    memory = memory_of(300)
    shuffled = memory.take(np.random.default_rng(seed).permutation(300)).bounded(size)
    assert_same(
        shuffled.take(np.argsort(shuffled.windows.label_times)),
        memory.bounded(size).take(np.argsort(memory.bounded(size).windows.label_times)),
    )


def test_what_one_region_keeps_does_not_depend_on_the_others(memory):
    assert_same(memory.bounded(25).of("r0002"), memory.of("r0002").bounded(25))


def test_a_smaller_sample_is_part_of_a_larger_one(memory):
    small, large = (set(memory.bounded(size).windows.label_times.tolist()) for size in (10, 40))
    assert small < large


def test_the_sample_is_uniform_over_time():
    memory = memory_of(4_000)
    mine = Memory(memory.windows, memory.encodings, np.full(4_000, "r0001"))
    kept = mine.bounded(1_000).windows.label_times - 1_000
    # mean of 1000 draws without replacement from 0..3999: standard error about 32
    assert abs(kept.mean() - 1_999.5) < 130


def test_bounding_changes_nothing_in_place(memory):
    before = {name: array.copy() for name, array in arrays(memory).items()}
    memory.bounded(5)
    memory.renamed({"r0002": "r0001"}, ("r0001",))
    for name, array in arrays(memory).items():
        np.testing.assert_array_equal(array, before[name])


def test_merged_regions_hand_their_rows_on_and_the_gone_lose_them(memory):
    after = memory.renamed({"r0010": "r0002"}, ("r0002", "r0011"))
    was = np.isin(memory.region_ids, ["r0002", "r0010"])
    assert sizes(after) == {"r0002": was.sum()}
    np.testing.assert_array_equal(after.encodings, memory.encodings[was])
    assert len(memory.renamed({}, ())) == 0


def test_renaming_to_a_longer_id_does_not_cut_it(memory):
    assert set(memory.renamed({"r0001": "r1234567"}, ("r1234567",)).region_ids) == {"r1234567"}


def test_rows_of_a_region(memory):
    assert set(memory.of("r0010").region_ids) == {"r0010"}
    assert len(memory.of("r0010")) == sizes(memory)["r0010"]
    assert len(memory.of("r0404")) == 0


def test_joining_keeps_order_and_longer_names(memory):
    other = Memory(memory.windows, memory.encodings, np.full(300, "r1234567"))
    both = joined(memory, other)
    assert both.region_ids.tolist() == memory.region_ids.tolist() + ["r1234567"] * 300
    assert_same(both.take(np.arange(300)), memory)


def test_the_round_trip_is_exact_and_repeatable(memory, tmp_path):
    memory.save(tmp_path / "one")
    loaded = Memory.load(tmp_path / "one")
    assert_same(loaded, memory)
    assert loaded.encodings.dtype == np.float32
    loaded.save(tmp_path / "two")
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()


@pytest.mark.parametrize("operation", ["bounded", "renamed", "save"])
def test_an_empty_memory_is_fine(memory, tmp_path, operation):
    nothing = memory.take(np.zeros(0, dtype=np.int64))
    if operation == "bounded":
        nothing = nothing.bounded(5)
    elif operation == "renamed":
        nothing = nothing.renamed({"r0001": "r0002"}, ("r0002",))
    else:
        nothing.save(tmp_path)
        nothing = Memory.load(tmp_path)
    assert len(nothing) == 0
    assert_same(joined(nothing, memory), memory)


@pytest.mark.parametrize("name", ["encodings.npy", "regions.npy", "histories.npy"])
def test_a_missing_file_is_named(memory, tmp_path, name):
    memory.save(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(MissingError, match=f"{name} is missing"):
        Memory.load(tmp_path)
