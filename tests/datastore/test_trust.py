"""How far regions trust their neighbours, against the formula."""

import numpy as np
import pytest
import torch

from raie.datastore.base import BASE
from raie.datastore.neighbours import N_NEIGHBOURS, Neighbours, nobody
from raie.datastore.trust import SHARPNESS, WEIGHT, Trust

N_ITEMS, N_REGIONS = 8, 3


def logits(n):
    scores = torch.randn(n, N_ITEMS + 1, generator=torch.Generator().manual_seed(0))
    scores[:, 0] = -torch.inf
    return scores


def neighbours(n, *, n_there=N_NEIGHBOURS, seed=1):
    """Neighbours of n sequences, of which the last ``N_NEIGHBOURS - n_there`` places are empty."""
    generator = torch.Generator().manual_seed(seed)
    cosines = torch.rand(n, N_NEIGHBOURS, generator=generator).sort(dim=1, descending=True).values
    cosines[:, n_there:] = -torch.inf
    items = torch.randint(1, N_ITEMS + 1, (n, N_NEIGHBOURS), generator=generator)
    return Neighbours(cosines, items, torch.rand(n, N_NEIGHBOURS, generator=generator) < 0.3)


def trusting(numbers):
    trust = Trust(N_REGIONS)
    with torch.no_grad():
        trust.numbers += torch.tensor(numbers)
    return trust


@pytest.fixture
def trust():
    return trusting([[0.1, -2.2, 1.5], [-3.3, 0.2, -0.5], [0.0, 0.0, 0.0]])


@pytest.mark.parametrize("n_there", [N_NEIGHBOURS, 5, 0])
def test_a_mixture_is_the_formula(trust, n_there):
    near = neighbours(3, n_there=n_there)
    mixed = trust.mixed(logits(3), near, torch.arange(3))
    model = torch.softmax(logits(3), dim=1).double().numpy()
    for row, (weight, sharpness, repeat) in enumerate(trust.numbers.detach().double().numpy()):
        expected = np.exp(weight) * model[row]
        for place in range(n_there):
            extra = repeat if near.repeats[row, place] else 0.0
            count = np.exp(np.exp(sharpness) * (near.cosines[row, place].item() - 1) + extra)
            expected[near.items[row, place]] += count
        assert np.allclose(mixed[row, 1:].numpy(), (expected / expected.sum())[1:], atol=1e-5)
        assert torch.isneginf(mixed[row, 0])


def test_the_loss_is_minus_the_logarithm_of_the_mixture(trust):
    near, regions, targets = neighbours(6), torch.tensor([0, 1, 2, 2, 1, 0]), torch.arange(1, 7)
    model = torch.log_softmax(logits(6), dim=1)[torch.arange(6), targets]
    mixed = trust.mixed(logits(6), near, regions)[torch.arange(6), targets]
    assert torch.allclose(trust.losses(model, targets, near, regions), -mixed.log(), rtol=1e-5)


def test_a_share_is_what_the_answer_owes_to_neighbours(trust):
    """Of a model that expects nothing of the neighbours' one item all of its probability is theirs."""
    near, regions = neighbours(3), torch.arange(3)
    near = Neighbours(near.cosines, torch.full_like(near.items, 4), near.repeats)
    scores = logits(3)
    scores[:, 4] = -torch.inf
    mixed = trust.mixed(scores, near, regions)
    assert torch.allclose(mixed[:, 4], trust.shares(near, regions), rtol=1e-5)


@pytest.mark.parametrize("region", [2, BASE])
def test_whoever_has_no_neighbour_leaves_the_model_as_it_is(trust, region):
    near = neighbours(2) if region == BASE else Neighbours.of(*nobody(2), np.zeros((2, 4), dtype=np.int32))
    mixed = trust.mixed(logits(2), near, torch.full((2,), region))
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


def test_a_region_learns_to_distrust_what_misleads_it():
    """Neighbours that never say what came next lose weight; those that always do gain it."""
    near = neighbours(60)
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
