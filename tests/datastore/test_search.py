"""Searches: the nearest of one region, whoever else asks."""

import numpy as np
import pytest
import torch

from raie.datastore.entries import Entries
from raie.datastore.neighbours import N_NEIGHBOURS
from raie.datastore.search import SEARCHED_AT_ONCE, earlier, found
from tests.datastore.conftest import received


@pytest.fixture
def entries():
    return Entries.of(received(300, seed=1, regions=("r0001",)))


def everything(entries, n):
    return np.full(n, len(entries))


def test_found_are_the_nearest(entries):
    asking = received(5, seed=2).encodings
    cosines, items = found(entries, asking, everything(entries, 5))
    likeness = asking @ entries.encodings.T
    for row in range(5):
        nearest = np.argsort(-likeness[row])[:N_NEIGHBOURS]
        assert np.allclose(cosines[row], likeness[row, nearest], atol=1e-5)
        assert items[row].tolist() == entries.next_items[nearest].tolist()


@pytest.mark.parametrize("size", [1, 3, SEARCHED_AT_ONCE - 1, SEARCHED_AT_ONCE, 2 * SEARCHED_AT_ONCE + 1])
def test_who_else_asks_changes_not_a_bit(entries, size):
    asking = received(150, seed=2).encodings
    together = found(entries, asking, everything(entries, 150))
    rows = np.random.default_rng(3).permutation(150)[:size]
    some = found(entries, asking[rows], everything(entries, size))
    for part, whole in zip(some, together, strict=True):
        assert torch.equal(part, whole[rows])


def test_a_window_finds_only_what_came_before_the_second_of_its_label(entries):
    asking = received(20, seed=4, first=140)
    near = earlier(entries, asking.windows, asking.encodings)
    for row, time in enumerate(asking.windows.label_times):
        before = entries.take(entries.times < time)
        cosines, items = found(before, asking.encodings[[row]], everything(before, 1))
        assert torch.equal(near.cosines[row], cosines[0])
        assert torch.equal(near.items[row], items[0])


def test_few_entries_leave_places_empty_and_none_leave_all(entries):
    asking = received(3, seed=2).encodings
    cosines, _ = found(entries.newest(5), asking, np.full(3, 5))
    assert torch.isfinite(cosines).sum(dim=1).tolist() == [5, 5, 5]
    for nothing in (entries.newest(0), entries):
        cosines, _ = found(nothing, asking, np.zeros(3, dtype=int))
        assert torch.isneginf(cosines).all()
