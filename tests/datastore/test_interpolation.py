"""Answers of regions: adapters' scores, habits and neighbours together."""

import numpy as np
import pytest
import torch

from raie.datastore.base import BASE
from raie.datastore.datastore import Datastore
from raie.datastore.interpolation import Interpolation
from raie.datastore.odds import Odds
from tests.datastore.conftest import LENGTH, N_ITEMS, received

IDS = ("r0001", "r0002", "r0003")


@pytest.fixture
def store():
    return Datastore().received(received(80, seed=1, regions=("r0001", "r0003")), size=100)


def odds(shift):
    return Odds(torch.full((LENGTH,), shift), torch.tensor([1.0, 1.0, shift]))


def logits(n):
    scores = torch.randn(n, N_ITEMS + 1, generator=torch.Generator().manual_seed(0))
    scores[:, 0] = -torch.inf
    return scores


def answered(store, learnt, regions):
    asking = received(len(regions), seed=7)
    answers = Interpolation(IDS, store, learnt).answers(
        asking.encodings, asking.windows.histories, np.array(regions)
    )
    return answers.probabilities(logits(len(regions)), np.arange(len(regions)))


def test_without_odds_there_is_nothing_to_say(store):
    assert Interpolation(IDS, store, {}).is_silent
    assert not Interpolation(IDS, store, {"r0002": odds(0.5)}).is_silent


def test_answers_are_probabilities(store):
    scores = answered(store, {"r0001": odds(0.5), "r0002": odds(-0.5)}, [0, 1, 2, BASE, 0])
    assert torch.isneginf(scores[:, 0]).all()
    assert torch.allclose(scores[:, 1:].sum(dim=1), torch.ones(5), atol=1e-5)


def test_a_silent_region_and_the_base_answer_by_their_adapters_alone(store):
    scores = answered(store, {"r0001": odds(0.5), "r0002": odds(-0.5)}, [0, 1, 2, BASE, 0])
    alone = torch.softmax(logits(5), dim=1)
    differs = ~torch.isclose(scores[:, 1:], alone[:, 1:], atol=1e-5).all(dim=1)
    assert differs.tolist() == [True, True, False, False, True]


def test_a_region_that_saw_nothing_has_habits_only(store):
    some, none = (answered(each, {"r0001": odds(0.5)}, [0, 0]) for each in (store, Datastore()))
    assert not torch.allclose(some[:, 1:], none[:, 1:])


def test_odds_of_another_region_do_not_matter(store):
    one, other = (
        answered(store, {"r0001": odds(0.5), "r0003": odds(shift)}, [0, 0, 2]) for shift in (0.5, -2.0)
    )
    assert torch.equal(one[:2], other[:2])
    assert not torch.equal(one[2], other[2])


def test_a_filling_is_answered_by_its_logits_alone(store):
    asking = received(2, seed=7)
    answers = Interpolation(IDS, store, {"r0001": odds(0.5)}).answers(
        asking.encodings, asking.windows.histories, np.array([0, 0])
    )
    scores = answers.probabilities(logits(3), np.array([0, 2, 1]))
    assert torch.allclose(scores[1, 1:], torch.softmax(logits(3), dim=1)[1, 1:], atol=1e-5)
