"""One region goes back to what it was, and nobody else notices."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from raie.encodings.encode import encode
from raie.exceptions import UsageError
from raie.methods.contract import Fitted
from raie.methods.regional.everyevent import every_event
from raie.methods.regional.owned import owned_digest
from raie.methods.regional.rollback import rolled_back
from raie.methods.regions import METHODS
from tests.adapters.conftest import successor_windows
from tests.methods.conftest import in_time_order, material_of

RAIE, RANDOM = METHODS[:2]


@pytest.fixture(params=[RAIE, RANDOM], ids=lambda method: method.name)
def then_and_now(request, backbone):
    method, material = request.param, material_of(backbone)
    later = replace(
        material, finetune=in_time_order(successor_windows(64, seed=8, step=2), after=200), seed=6
    )
    settings = method.settings({"learning_rate": 1e-2, "n_regions": 3})
    then = method.fit(material, settings)
    return then.ranker, method.fit(later, settings, then).ranker


def regions_of(ranker, windows):
    found = ranker.router.regions_of(windows, encode(ranker.backbone, windows, batch_size=64))
    return np.array(ranker.router.ids)[found]


def digests(ranker):
    return {region: owned_digest(ranker, region) for region in ranker.router.ids}


def test_it_is_what_it_was_to_the_bit_and_so_are_the_others(then_and_now):
    then, now = then_and_now
    before = digests(now)
    for region in sorted(set(then.router.ids) & set(now.router.ids)):
        back = rolled_back(now, then, region)
        assert digests(then)[region] != before[region]
        assert digests(back) == before | {region: digests(then)[region]}
    assert digests(now) == before, "what was passed in stays"


def test_who_is_served_elsewhere_gets_the_same_scores(then_and_now, material):
    then, now = then_and_now
    region = now.router.ids[0]
    back, windows = rolled_back(now, then, region), material.setup
    elsewhere = (regions_of(now, windows) != region) & (regions_of(back, windows) != region)
    kept, changed = now.scores(windows), back.scores(windows)
    assert 0 < elsewhere.sum() < len(windows)
    assert torch.equal(kept[elsewhere], changed[elsewhere])
    assert not (kept[~elsewhere] == changed[~elsewhere]).all(dim=1).any()


def test_with_all_of_its_regions_back_and_nothing_shared_it_is_what_it_was(backbone):
    material = material_of(backbone)
    later = replace(
        material, finetune=in_time_order(successor_windows(64, seed=8, step=2), after=200), seed=6
    )
    settings = RAIE.settings({"learning_rate": 1e-2, "n_regions": 3, "shared_evolves": 0})
    then = RAIE.fit(material, settings)
    back = RAIE.fit(later, settings, then).ranker
    assert back.router.ids == then.ranker.router.ids
    for region in then.ranker.router.ids:
        back = rolled_back(back, then.ranker, region)
    assert torch.equal(back.scores(material.setup), then.ranker.scores(material.setup))


def test_it_can_be_taught_on(then_and_now, material):
    then, now = then_and_now
    back = rolled_back(now, then, now.router.ids[0])
    after = RAIE.fit(material, RAIE.settings({"n_regions": 3}), Fitted(back))
    added = len(every_event(material.finetune))
    assert len(after.ranker.model.memory.regions) == len(back.model.memory.regions) + added


def test_a_region_that_was_not_there_is_refused(then_and_now):
    then, now = then_and_now
    with pytest.raises(UsageError, match="there is no region 'r0099' now: choose one that both have"):
        rolled_back(now, then, "r0099")
