"""RAIE among the methods: who is served by what, and what its controls change."""

import numpy as np
import pytest
import torch

from raie.encodings.encode import encode
from raie.methods.lowrank import Adapted
from raie.methods.regions import BASE, MEMORY_OF_ALL, METHODS, Lots, gates_of

RAIE, RANDOM, _, NO_MEMORY = METHODS


def fitted(method, material, **changes):
    return method.fit(material, method.settings({"learning_rate": 1e-2, **changes}))


def regions_of(fitted, windows):
    ranker = fitted.ranker
    return ranker.router.regions_of(windows, encode(ranker.backbone, windows, batch_size=64))


def test_lots_differ_from_seed_to_seed_in_more_than_names(material):
    first, second = (Lots(3, seed).regions_of(material.setup, None) for seed in (0, 1))
    together = [(each[:, None] == each[None]) for each in (first, second)]
    assert (together[0] != together[1]).mean() > 0.2
    assert np.bincount(first, minlength=3).min() > 20
    assert np.array_equal(first, Lots(3, 0).regions_of(material.setup, None))


def test_one_memory_has_one_region_and_the_whole_rank(material):
    found = fitted(MEMORY_OF_ALL, material)
    assert found.notes == {"regions": 1.0}
    alone = fitted(NO_MEMORY, material, n_regions=1, edits=0, shared=0)
    whole = Adapted(material.backbone, rank=24, seed=0).rows.numel()
    assert found.trained_parameters == alone.trained_parameters == whole


def test_whom_the_base_serves_gets_no_adapter_and_no_memory(material):
    assert gates_of(np.array([1, BASE]), 2, shared=True).tolist() == [[1, 0, 1], [0, 0, 0]]
    found = fitted(RAIE, material, use_radius=1)
    far = material.setup.take(np.flatnonzero(regions_of(found, material.setup) == BASE))
    assert 0 < len(far) < len(material.setup)
    base = material.backbone.eval()
    scores = found.ranker.scores(far)
    items, times = (torch.as_tensor(each.astype(np.int64)) for each in (far.histories, far.history_times))
    expected = torch.softmax(base.scores(base(items, times)), dim=1)
    assert torch.allclose(scores[:, 1:], expected[:, 1:].detach(), atol=1e-5)


@pytest.mark.parametrize(
    "changes", [{"drawn": "random"}, {"shared": 0}, {"memory": 0}, {"n_regions": 5}, {"total_rank": 8}]
)
def test_a_setting_is_not_ignored(material, changes):
    plain, changed = (fitted(RAIE, material, **each).ranker.scores(material.setup) for each in ({}, changes))
    assert not torch.allclose(plain, changed, atol=1e-4)


def test_each_region_is_taught_by_its_own_alone(material):
    """Without a shared adapter a poisoned region leaves the others as they were."""
    settings = {"shared": 0, "edits": 0, "memory": 1}
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
