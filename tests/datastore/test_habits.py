"""Habits: what a history adds to the scores of its own items."""

import torch

from raie.datastore.base import BASE
from raie.datastore.habits import Habits


def test_an_item_gets_the_sum_of_its_places_and_others_nothing():
    habits = Habits(2, 3)
    with torch.no_grad():
        habits.places.copy_(torch.tensor([[1.0, 10.0, 100.0], [-1.0, -2.0, -3.0]]))
        histories = torch.tensor([[4, 2, 4], [0, 1, 2], [1, 2, 3]])
        found = habits.followed(torch.zeros(3, 5), histories, torch.tensor([0, 1, BASE]))
    assert found[0].tolist() == [0, 0, 10, 0, 101]
    assert found[1, 1:].tolist() == [-2, -3, 0, 0]
    assert found[2].tolist() == [0] * 5


def test_fresh_habits_change_nothing_and_only_the_regions_own_learn():
    habits, scores = Habits(3, 2), torch.randn(2, 6, generator=torch.Generator().manual_seed(0))
    found = habits.followed(scores, torch.tensor([[1, 2], [3, 3]]), torch.tensor([1, 1]))
    assert torch.equal(found, scores)
    found[:, 1].sum().backward()
    assert habits.places.grad[1].tolist() == [1, 0]
    assert habits.places.grad[[0, 2]].abs().sum() == 0


def test_places_count_from_the_newest():
    habits = Habits(1, 3)
    with torch.no_grad():
        habits.places.copy_(torch.tensor([[1.0, 10.0, 100.0]]))
        found = habits.followed(torch.zeros(1, 5), torch.tensor([[2, 3]]), torch.tensor([0]))
    assert found[0].tolist() == [0, 0, 10, 100, 0]
