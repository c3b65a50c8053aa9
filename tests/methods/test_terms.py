"""The terms that tell baselines apart, against their formulas."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from raie.methods.ebpr import fit as fit_ebpr
from raie.methods.ebpr import pairwise_loss
from raie.methods.lowrank import Adapted
from raie.methods.lwf import TEMPERATURE, divergence
from raie.methods.peso import distance
from raie.methods.popular import fit as fit_popular


def test_a_pupil_of_its_teachers_outputs_is_not_corrected():
    taught = torch.randn(4, 6, generator=torch.Generator().manual_seed(0))
    assert divergence(taught, taught + 3.0).item() == pytest.approx(0, abs=1e-6)
    other = taught.flip(1)
    p, q = (torch.softmax(each / TEMPERATURE, dim=1) for each in (taught, other))
    expected = TEMPERATURE**2 * (p * (p / q).log()).sum(dim=1).mean()
    assert divergence(taught, other).item() == pytest.approx(expected.item(), rel=1e-5)


def test_an_adapter_that_stays_costs_nothing_and_one_that_moves_does(material):
    adapted = Adapted(material.backbone, rank=2, seed=0)
    before = adapted.rows.detach().clone()
    assert distance(adapted, before).item() == pytest.approx(0, abs=1e-6)
    with torch.no_grad():
        adapted.rows += torch.randn(adapted.rows.shape, generator=torch.Generator().manual_seed(1))
    near = distance(adapted, before).item()
    expected = 0.0
    old_ones, new_ones = (adapted.matrices(rows.detach()).values() for rows in (before, adapted.rows))
    for old, new in zip(old_ones, new_ones, strict=True):
        for then, now in zip(old, new, strict=True):
            p, q = (torch.softmax(each.flatten().double(), dim=0) for each in (then, now))
            expected += float((p * (p / q).log()).sum())
    assert near == pytest.approx(expected, rel=1e-4)
    with torch.no_grad():
        adapted.rows += adapted.rows - before
    assert 0 < near < distance(adapted, before).item()


def test_a_pairwise_loss_falls_as_the_target_rises():
    generator = torch.Generator().manual_seed(0)
    states, vectors = torch.randn(3, 5, generator=generator), torch.randn(8, 5, generator=generator)
    targets, rivals = torch.tensor([1, 2, 3]), torch.tensor([[4, 5], [6, 7], [4, 7]])
    expected = np.mean(
        [
            np.log1p(np.exp(-float(states[b] @ vectors[targets[b]] - states[b] @ vectors[rival])))
            for b in range(3)
            for rival in rivals[b]
        ]
    )
    assert pairwise_loss(states, vectors, targets, rivals).item() == pytest.approx(expected, rel=1e-5)


def test_edits_are_measured_as_shares(material):
    notes = fit_ebpr(material, {"learning_rate": 1e-2, "budget_share": 1.0}).notes
    assert set(notes) == {"editing_accuracy", "editing_collaboration", "editing_prudence"}
    assert all(0 <= share <= 1 for share in notes.values())
    still = fit_ebpr(material, {"learning_rate": 1e-12, "budget_share": 1.0}).notes
    assert (still["editing_accuracy"], still["editing_prudence"]) == (0, 1)


def test_only_the_last_days_are_popular(material):
    scores = fit_popular(material, {}).ranker.scores(material.setup.take(slice(2)))
    everything, newest = material.everything, material.newest
    counts = np.bincount(everything.items, minlength=scores.shape[1])
    counts += np.bincount(newest.next_items, minlength=scores.shape[1])
    assert np.array_equal(scores[0, 1:].numpy(), counts[1:]), "all of these walks lie within a week"
    assert torch.equal(scores[0], scores[1])
    later = material.everything._replace(times=material.everything.times + 100 * 86_400)
    alone = fit_popular(replace(material, everything=later), {}).ranker.scores(material.setup.take(slice(1)))
    assert alone[0, 1:].sum() == len(later.items), "nothing of a hundred days earlier"
