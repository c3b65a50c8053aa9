"""What regions remember, and how far they trust it, against the formulas."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from raie.datastore.base import BASE
from raie.datastore.neighbours import N_NEIGHBOURS, Neighbours
from raie.datastore.trust import SHARPNESS, WEIGHT, Trust
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


def logits(n):
    scores = torch.randn(n, N_ITEMS + 1, generator=torch.Generator().manual_seed(0))
    scores[:, 0] = -torch.inf
    return scores


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


def test_a_mixture_is_the_formula(memory):
    windows = windows_of(memory, np.arange(3))
    near = memory.neighbours(windows, memory.read.take(slice(3)), only([0, 1, 2]))
    trust = Trust(3)
    with torch.no_grad():
        trust.numbers += torch.tensor([[0.1, -0.2, 1.5], [0.3, 0.2, -0.5], [0, 0, 0]])
        mixed = trust.mixed(logits(3), near, torch.arange(3))
    model = torch.softmax(logits(3), dim=1).numpy()
    for row, (weight, sharpness, repeat) in enumerate(trust.numbers.detach().numpy()):
        expected = np.exp(weight) * model[row].astype(np.float64)
        own = np.flatnonzero(memory.regions == row)
        cosines = memory.read.keys[own] @ memory.read.keys[row]
        for place in np.argsort(-cosines)[:N_NEIGHBOURS]:
            item = memory.next_items[own[place]]
            extra = repeat if item in windows.histories[row] else 0.0
            expected[item] += np.exp(np.exp(sharpness) * (cosines[place] - 1) + extra)
        assert np.allclose(mixed[row, 1:].numpy(), (expected / expected.sum())[1:], atol=1e-5)


def test_the_loss_is_minus_the_logarithm_of_the_mixture(memory):
    near = nearest_of(memory, 6, only(memory.regions[:6]))
    trust, regions = Trust(3), torch.as_tensor(memory.regions[:6])
    targets = torch.tensor([1, 2, 3, 4, 5, 6])
    model = torch.log_softmax(logits(6), dim=1)[torch.arange(6), targets]
    mixed = trust.mixed(logits(6), near, regions)[torch.arange(6), targets]
    assert trust.losses(model, targets, near, regions).mean().item() == pytest.approx(
        -mixed.log().mean().item(), rel=1e-5
    )


def test_what_another_region_remembers_does_not_matter(memory):
    poisoned = replace(memory, next_items=np.where(memory.regions == 2, 5, memory.next_items))
    clean, other = (nearest_of(each, 4, only(np.full(4, 1))) for each in (memory, poisoned))
    assert torch.equal(clean.items, other.items)


@pytest.mark.parametrize("region", [7, BASE])
def test_whoever_remembers_nothing_leaves_the_model_as_it_is(memory, region):
    near = nearest_of(memory, 2, only(np.full(2, region)))
    mixed = Trust(8).mixed(logits(2), near, torch.full((2,), region))
    assert torch.allclose(mixed[:, 1:], torch.softmax(logits(2), dim=1)[:, 1:])


def test_where_nothing_alike_was_seen_the_model_speaks_alone():
    items, repeats = torch.full((1, N_NEIGHBOURS), 3), torch.zeros(1, N_NEIGHBOURS, dtype=torch.bool)
    bare, regions = torch.softmax(logits(1), dim=1)[:, 1:], torch.zeros(1, dtype=torch.int64)
    moved = []
    for cosine in (1.0, 0.0):
        near = Neighbours(torch.full((1, N_NEIGHBOURS), cosine), items, repeats)
        moved.append((Trust(1).mixed(logits(1), near, regions)[:, 1:] - bare).abs().sum().item())
    assert moved[1] < 1e-6
    assert moved[0] == pytest.approx(
        2 * (1 - bare[0, 2].item()) * N_NEIGHBOURS / (WEIGHT + N_NEIGHBOURS), rel=1e-4
    )
    assert SHARPNESS > 10


def test_a_region_learns_to_distrust_what_misleads_it(memory):
    """Neighbours that never say what came next lose weight; those that always do gain it."""
    near = nearest_of(memory, 60, only(np.full(60, 0)))
    right = Neighbours(near.cosines.clamp(min=0.9), torch.full_like(near.items, 2), near.repeats)
    wrong = Neighbours(right.cosines, torch.full_like(near.items, 3), near.repeats)
    model, targets = torch.full((60,), -1.0), torch.full((60,), 2)
    weights = []
    for each in (right, wrong):
        trust = Trust(1)
        optimizer = torch.optim.Adam([trust.numbers], lr=0.05)
        for _ in range(20):
            optimizer.zero_grad()
            trust.losses(model, targets, each, torch.zeros(60, dtype=torch.int64)).mean().backward()
            optimizer.step()
        weights.append(trust.numbers[0, 0].exp().item())
    assert weights[0] < WEIGHT < weights[1]


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
