"""Odds fitted to what came next, against tables of all items and planted habits."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from raie.datastore.calibrate import Expected, calibrated
from raie.datastore.habits import Habits
from raie.datastore.neighbours import N_NEIGHBOURS, Neighbours, nobody
from raie.datastore.odds import Odds
from raie.datastore.trust import WEIGHT

N_ITEMS, LENGTH = 12, 4
NEWEST = LENGTH - 1


def expected_of(n, *, seed=0, next_items=None):
    """What a model of random scores expected of histories, in some of which items repeat or are missing."""
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(n, N_ITEMS + 1, generator=generator)
    logits[:, 0] = -torch.inf
    histories = torch.randint(1, N_ITEMS + 1, (n, LENGTH), generator=generator)
    histories[:: n // 4, :2] = 0
    if next_items is None:
        next_items = torch.randint(1, N_ITEMS + 1, (n,), generator=generator)
    else:
        next_items = next_items(histories)
    logs = torch.log_softmax(logits, dim=1)
    near = Neighbours.of(*nobody(n), histories.numpy())
    found = Expected(
        histories, next_items, logs.gather(1, histories), logs.gather(1, next_items[:, None])[:, 0], near,
        torch.ones(n),
    )  # fmt: skip
    return found, logits


def with_neighbours(expected, items):
    shape = (len(expected), N_NEIGHBOURS)
    near = Neighbours(torch.full(shape, 0.98), items[:, None].expand(shape), torch.zeros(shape).bool())
    return replace(expected, near=near)


def surprise(expected, odds):
    """-log P without any neighbour, summed."""
    return -expected.under(odds.habits).sum().item()


def test_habits_move_probabilities_as_they_move_scores():
    expected, logits = expected_of(40)
    habits = Habits(1, LENGTH)
    with torch.no_grad():
        habits.places[0] = torch.tensor([0.5, -1.0, 2.0, 3.0])
        followed = habits.followed(logits, expected.histories, torch.zeros(40, dtype=torch.int64))
    followed[:, 0] = -torch.inf
    logs = torch.log_softmax(followed, dim=1).gather(1, expected.next_items[:, None])[:, 0]
    assert torch.allclose(expected.under(habits.places.detach()[0]), logs, atol=1e-5)


def test_who_returns_to_the_newest_is_learnt():
    expected, _ = expected_of(400, next_items=lambda histories: histories[:, NEWEST])
    fresh = Odds.fresh(LENGTH)
    fitted = calibrated(expected, fresh, spread=2.0)
    assert fitted.habits[NEWEST] > 2
    assert fitted.habits[:NEWEST].abs().max() < fitted.habits[NEWEST] / 2
    assert surprise(expected, fitted) < 0.5 * surprise(expected, fresh)


def test_without_neighbours_trust_stays():
    expected, _ = expected_of(200)
    fitted = calibrated(expected, Odds.fresh(LENGTH), spread=1.0)
    assert torch.allclose(fitted.trust, Odds.fresh(LENGTH).trust, atol=1e-4)


@pytest.mark.parametrize("right", [True, False])
def test_neighbours_are_trusted_as_far_as_they_are_right(right):
    expected, _ = expected_of(200)
    items = expected.next_items if right else expected.next_items % N_ITEMS + 1
    fitted = calibrated(with_neighbours(expected, items), Odds.fresh(LENGTH), spread=1.0)
    assert (fitted.trust[0].exp() < WEIGHT / 2) == right
    assert (fitted.trust[0].exp() > WEIGHT) == (not right)


def test_few_sequences_move_odds_less_and_a_narrow_prior_less_still():
    many, _ = expected_of(400, next_items=lambda histories: histories[:, NEWEST])
    few = many.take(np.arange(8))
    fresh = Odds.fresh(LENGTH)
    moved = [
        calibrated(each, fresh, spread=spread).habits[NEWEST].item()
        for each, spread in ((many, 0.5), (few, 0.5), (few, 0.1))
    ]
    assert moved[0] > 2 * moved[1] > 4 * moved[2] > 0


def test_the_odds_are_the_most_likely_ones():
    """No step from them, in any direction, is likelier."""
    expected, _ = expected_of(120, next_items=lambda histories: histories[:, 1].clamp(min=1))
    expected = with_neighbours(expected, expected.next_items.roll(1))
    start, spread = Odds(torch.tensor([0.1, 0.0, -0.2, 0.3]), torch.tensor([4.0, 2.5, 0.2])), 0.7

    def loss(odds):
        shares = torch.full((len(expected), N_NEIGHBOURS), 0.98)
        counts = torch.exp(odds.trust[1].exp() * (shares - 1))
        right = (expected.near.items == expected.next_items[:, None]) * counts
        mixed = odds.trust[0].exp() * expected.under(odds.habits).exp() + right.sum(dim=1)
        surprise = -(mixed / (odds.trust[0].exp() + counts.sum(dim=1))).log().sum()
        moved = torch.cat([odds.habits - start.habits, odds.trust - start.trust])
        return (surprise + (moved**2).sum() / (2 * spread**2)).item()

    fitted = calibrated(expected, start, spread=spread)
    best = loss(fitted)
    assert best < loss(start)
    generator = torch.Generator().manual_seed(1)
    for _ in range(20):
        step = 0.05 * torch.randn(LENGTH + 3, generator=generator)
        assert loss(Odds(fitted.habits + step[:LENGTH], fitted.trust + step[LENGTH:])) > best - 1e-3


def test_a_weight_counts_as_so_many_sequences():
    expected, _ = expected_of(60, next_items=lambda histories: histories[:, NEWEST])
    twice = expected.take(np.repeat(np.arange(60), 2))
    weighed = replace(expected, weights=torch.full((60,), 2.0))
    one, other = (calibrated(each, Odds.fresh(LENGTH), spread=1.0) for each in (twice, weighed))
    assert torch.allclose(one.habits, other.habits, atol=1e-3)


def test_where_odds_start_is_left_as_it_was():
    expected, start = expected_of(30)[0], Odds.fresh(LENGTH)
    calibrated(expected, start, spread=1.0)
    assert start.habits.tolist() == [0] * LENGTH
    assert start.trust[0] == pytest.approx(math.log(WEIGHT))
