"""What regions remember, and what a sequence finds of it."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from raie.datastore.neighbours import N_NEIGHBOURS
from raie.methods.regional.memory import Memory
from raie.methods.regional.reading import Read
from raie.sequences.windows import Windows

N_ITEMS, LENGTH = 8, 4


@pytest.fixture
def memory():
    generator = np.random.default_rng(0)
    keys = generator.normal(size=(300, 6)).astype(np.float32)
    keys /= np.linalg.norm(keys, axis=1, keepdims=True)
    items, regions = generator.integers(1, N_ITEMS + 1, 300), generator.integers(3, size=300)
    return Memory(Read(keys, keys), items, np.arange(300) // 2, regions)


def windows_of(memory, rows):
    histories = np.random.default_rng(1).integers(1, N_ITEMS + 1, (len(rows), LENGTH)).astype(np.int32)
    times = np.tile(np.arange(LENGTH, dtype=np.int64), (len(rows), 1))
    users = np.array([f"u{row}" for row in rows])
    return Windows(users, histories, times, memory.next_items[rows], memory.times[rows])


def only(regions, n_regions=8):
    """Reach of sequences that read one region's memory."""
    return np.arange(n_regions) == np.asarray(regions)[:, None]


def nearest_of(memory, n, reach):
    """Neighbours of the memory's first n, among all of it."""
    return memory.neighbours(windows_of(memory, np.arange(n)), memory.read.take(slice(n)), reach)


def test_neighbours_are_the_nearest_of_the_region(memory):
    rows = np.arange(5)
    windows = windows_of(memory, rows)
    near = memory.neighbours(windows, memory.read.take(rows), only(np.full(5, 1)))
    own = np.flatnonzero(memory.regions == 1)
    for row in rows:
        cosines = memory.read.keys[own] @ memory.read.keys[row]
        nearest = np.argsort(-cosines)[:N_NEIGHBOURS]
        assert np.allclose(near.cosines[row].numpy(), cosines[nearest], atol=1e-5)
        assert np.array_equal(near.items[row].numpy(), memory.next_items[own[nearest]])
        assert np.array_equal(near.repeats[row].numpy(), np.isin(near.items[row], windows.histories[row]))


def test_a_window_finds_neither_itself_nor_its_second_nor_what_came_later(memory):
    near = memory.earlier_neighbours(windows_of(memory, np.arange(300)), memory.read, only(memory.regions))
    for row in (0, 1, 2, 7, 120, 299):
        earlier = np.flatnonzero((memory.regions == memory.regions[row]) & (memory.times < memory.times[row]))
        found = near.cosines[row][torch.isfinite(near.cosines[row])].numpy()
        expected = np.sort(memory.read.keys[earlier] @ memory.read.keys[row])[::-1][:N_NEIGHBOURS]
        assert np.allclose(found, expected, atol=1e-5)


def test_what_another_region_remembers_does_not_matter(memory):
    poisoned = replace(memory, next_items=np.where(memory.regions == 2, 5, memory.next_items))
    clean, other = (nearest_of(each, 4, only(np.full(4, 1))) for each in (memory, poisoned))
    assert torch.equal(clean.items, other.items)


def test_of_windows_alike_the_newest_are_taken():
    same = np.tile(np.array([[1.0, 0.0]], dtype=np.float32), (2 * N_NEIGHBOURS, 1))
    items = np.repeat([1, 2], N_NEIGHBOURS)
    memory = Memory(Read(same, same), items, np.arange(len(items)), np.zeros(len(items), dtype=int))
    near = nearest_of(memory, 1, only([0]))
    assert near.items.unique().tolist() == [2]


def test_neighbours_come_from_all_that_is_in_reach(memory):
    reach = np.array([[True, False, True], [False, True, True], [False, False, False]])
    near = nearest_of(memory, 3, reach)
    for row in range(2):
        within = np.flatnonzero(reach[row][memory.regions])
        expected = np.sort(memory.read.keys[within] @ memory.read.keys[row])[::-1][:N_NEIGHBOURS]
        assert np.allclose(near.cosines[row].numpy(), expected, atol=1e-5)
    assert torch.isneginf(near.cosines[2]).all()
