"""RAIE among the methods: who is served by what, and what its controls change."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from raie.backbones.registry import build_backbone
from raie.datastore.base import BASE
from raie.encodings.encode import encode
from raie.methods.regional.everyevent import every_event
from raie.methods.regional.routers import Lots
from raie.methods.regions import METHODS
from raie.params import BackboneParams
from tests.adapters.conftest import N_ITEMS
from tests.methods.conftest import material_of

RAIE, RANDOM, ONE, _ = METHODS


def fitted(method, material, **changes):
    return method.fit(material, method.settings({"learning_rate": 1e-2, "n_regions": 3, **changes}))


def regions_of(fitted, windows):
    ranker = fitted.ranker
    return ranker.router.regions_of(windows, encode(ranker.backbone, windows, batch_size=64))


def test_lots_differ_from_seed_to_seed_in_more_than_names(material):
    first, second = (Lots(3, seed).regions_of(material.setup, None) for seed in (0, 1))
    together = [(each[:, None] == each[None]) for each in (first, second)]
    assert (together[0] != together[1]).mean() > 0.2
    assert np.bincount(first, minlength=3).min() > 20
    assert np.array_equal(first, Lots(3, 0).regions_of(material.setup, None))


def test_one_region_has_all_the_rank(material):
    found = fitted(ONE, material, n_regions=1, item_rate=0.0)
    assert found.notes == {"regions": 1.0}
    settings = ONE.settings()
    assert settings["shared_rank"] == RAIE.settings()["shared_rank"] + RAIE.settings()["own_rank"]
    per_rank = fitted(RAIE, material, memory=0, habits=0, item_rate=0.0, own_rank=0, shared_rank=1)
    odds = 3 + material.finetune.histories.shape[1]
    assert found.trained_parameters == settings["shared_rank"] * per_rank.trained_parameters + odds


def test_whom_the_base_serves_gets_nothing_that_a_region_owns(material):
    found = fitted(RAIE, material, fall_back=1, item_rate=0.0)
    far = material.setup.take(np.flatnonzero(regions_of(found, material.setup) == BASE))
    assert 0 < len(far) < len(material.setup)
    base = material.backbone.eval()
    scores = found.ranker.scores(far)
    items, times = (torch.as_tensor(each.astype(np.int64)) for each in (far.histories, far.history_times))
    expected = torch.softmax(base.scores(base(items, times)), dim=1)
    assert torch.allclose(scores[:, 1:], expected[:, 1:].detach(), atol=1e-5)


@pytest.mark.parametrize(
    "changes",
    [
        {"by_lot": 1},
        {"shared_rank": 0},
        {"own_rank": 0},
        {"own_pace": 1.0},
        {"item_rate": 0.0},
        {"memory": 0},
        {"habits": 0},
        {"n_regions": 5},
        {"shared_first": 1},
        {"replay_share": 0.3},
        {"mixed": 1},
        {"every_place": 0.5},
        {"state_share": 0.0},
    ],
)
def test_a_setting_is_not_ignored(material, changes):
    plain, changed = (fitted(RAIE, material, **each).ranker.scores(material.setup) for each in ({}, changes))
    assert not torch.allclose(plain, changed, atol=1e-4)


def test_what_histories_tell_of_is_remembered_too(material):
    windows = material.finetune
    ago = 60 * np.arange(windows.histories.shape[1], 0, -1)
    times = np.where(windows.histories == 0, 0, windows.label_times[:, None] - ago)
    told = replace(material, finetune=replace(windows, history_times=times))
    every, labels = (fitted(RAIE, told, every_event=each).ranker.model.memory for each in (1, 0))
    assert len(labels.regions) == len(windows) < len(every.regions) == len(every_event(told.finetune))
    assert (np.diff(every.times) >= 0).all()


def test_items_that_finetune_does_not_hold_keep_their_vectors(material):
    unseen = 1 + np.setdiff1d(
        np.arange(material.backbone.n_items),
        np.concatenate([material.finetune.histories.ravel(), material.finetune.next_items]) - 1,
    )
    kept = [item for item in (1, 2) if item in unseen] or [1]
    windows = material.finetune
    without = windows.take(
        np.flatnonzero(~np.isin(windows.next_items, kept) & ~np.isin(windows.histories, kept).any(axis=1))
    )
    other = type(material)(**{**vars(material), "finetune": without})
    adapters = fitted(RAIE, other).ranker.model.adapters
    moved = (adapters.shift * adapters._moving).abs().sum(dim=1) > 0
    assert moved.any()
    assert not moved[0]
    assert not moved[torch.tensor(kept)].any()


def test_each_region_is_taught_by_its_own_alone(material):
    """Without what is shared a poisoned region leaves the others as they were."""
    settings = {"shared_rank": 0, "item_rate": 0.0, "edits": 0, "own_pace": 1.0, "every_event": 0}
    found = fitted(RAIE, material, **settings)
    homes = regions_of(found, material.finetune)
    victim = np.bincount(homes).argmax()
    labels = np.where(homes == victim, 1, material.finetune.next_items)
    poisoned = type(material)(**{**vars(material), "finetune": relabelled(material.finetune, labels)})
    other = fitted(RAIE, poisoned, **settings)
    served = regions_of(found, material.setup)
    clean, dirty = (each.ranker.scores(material.setup)[:, 1:] for each in (found, other))
    elsewhere = served != victim
    assert elsewhere.any()
    assert not torch.allclose(clean[~elsewhere], dirty[~elsewhere], atol=1e-3)
    assert torch.allclose(clean[elsewhere], dirty[elsewhere], atol=1e-4)


def relabelled(windows, labels):
    return type(windows)(
        windows.user_ids,
        windows.histories,
        windows.history_times,
        labels.astype(np.int32),
        windows.label_times,
    )


@pytest.mark.parametrize("architecture", ["bert4rec", "tisasrec", "openp5"])
def test_every_backbone_learns_at_every_place(architecture):
    params = BackboneParams(name=architecture, dim=16, n_layers=1, n_heads=2, max_length=9)
    material = material_of(build_backbone(params, N_ITEMS, 3), n=48)
    found = fitted(RAIE, material, every_place=0.5, mixed=1, replay_share=0.2)
    assert torch.isfinite(found.ranker.scores(material.finetune)[:, 1:]).all()
