"""Methods that evolve: what they learn is on top of what they were."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from raie.encodings.encode import encode
from raie.exceptions import UsageError
from raie.methods.lowrank import Adapted, rows_before
from raie.methods.peso import distance
from raie.methods.regional.edited import carried, constructed, edited
from raie.methods.regions import METHODS as OURS
from raie.methods.registry import METHODS
from raie.params import EditParams
from raie.regions.regionset import RegionSet
from tests.adapters.conftest import successor_windows
from tests.methods.conftest import in_time_order

EVOLVING = [name for name, method in METHODS.items() if method.evolves]
TRAINED = [name for name in EVOLVING if "learning_rate" in METHODS[name].grid[0]]
RAIE = OURS[0]


def learnt(method, material, before=None, rate=1e-2, **changes):
    given = {"learning_rate": rate, **changes} if "learning_rate" in method.grid[0] else changes
    return method.fit(material, method.settings(given), before)


@pytest.fixture
def later(material):
    """What came next: the walks by two go on, by other users."""
    windows = in_time_order(successor_windows(64, seed=8, step=2))
    return replace(material, finetune=windows, seed=6)


def test_who_evolves():
    assert {"frozen", "popular-7-days", "full-finetune", "lora", "lora-replay", "peso"} < set(EVOLVING)
    assert {method.name for method in OURS} < set(EVOLVING)
    assert not {"lora-lwf", "lsat", "mole", "e-bpr", "retrain"} & set(EVOLVING)


@pytest.mark.parametrize("name", [name for name in METHODS if name not in EVOLVING])
def test_who_cannot_go_on_says_so(name, material):
    before = METHODS["frozen"].fit(material, {})
    with pytest.raises(UsageError, match=f"{name} cannot go on from what it was"):
        METHODS[name].fit(material, METHODS[name].settings(), before)


@pytest.mark.parametrize("name", TRAINED)
def test_without_a_rate_it_stays_what_it_was(name, material, later):
    still = {"memory": 0, "edits": 0, "item_rate": 0.0, "odds_rate": 0.0}
    changes = still if "memory" in METHODS[name].grid[0] else {}
    before = learnt(METHODS[name], material, **changes)
    after = learnt(METHODS[name], later, before, rate=0.0, **changes)
    fresh = learnt(METHODS[name], later, rate=0.0, **changes)
    scores, kept, anew = (each.ranker.scores(material.setup) for each in (before, after, fresh))
    assert torch.allclose(scores, kept, atol=1e-6)
    assert not torch.allclose(scores, anew, atol=1e-3)


@pytest.mark.parametrize("name", EVOLVING)
def test_what_was_fitted_before_stays_as_it_was(name, material, later):
    before = learnt(METHODS[name], material)
    scores = before.ranker.scores(material.setup)
    learnt(METHODS[name], later, before)
    assert torch.equal(before.ranker.scores(material.setup), scores)


@pytest.mark.parametrize("name", EVOLVING)
def test_going_on_costs_what_a_period_costs(name, material, later):
    before = learnt(METHODS[name], material)
    after = learnt(METHODS[name], later, before)
    assert after.spent.examples == before.spent.examples
    assert after.trained_parameters == before.trained_parameters


def test_peso_stays_near_what_it_was_at_the_last_period(material, later):
    before = learnt(METHODS["peso"], material)
    near, far = (
        learnt(METHODS["peso"], later, before, proximity=weight).ranker.adapted for weight in (1e4, 0.0)
    )
    anchor = rows_before(before)
    assert distance(near, anchor) < 0.2 * distance(far, anchor)


def test_memory_keeps_what_it_had(material, later):
    before = learnt(RAIE, material)
    after = learnt(RAIE, later, before)
    labels = [each.ranker.model.memory.next_items for each in (before, after)]
    assert np.array_equal(labels[1], np.concatenate([labels[0], later.finetune.next_items]))
    drawn = learnt(OURS[1], material)
    again = learnt(OURS[1], later, drawn).ranker.model.memory.regions
    assert np.array_equal(again[: len(drawn.ranker.model.memory.regions)], drawn.ranker.model.memory.regions)


def test_what_is_everybodys_may_rest(material, later):
    before = learnt(RAIE, material)
    moved, still = (
        learnt(RAIE, later, before, shared_evolves=evolves).ranker.model.adapters for evolves in (1, 0)
    )
    was = before.ranker.model.adapters
    assert torch.equal(still.shared.rows, was.shared.rows)
    assert torch.equal(still.shift, was.shift)
    assert not torch.equal(moved.shared.rows, was.shared.rows)
    assert not torch.equal(still.own.rows, was.own.rows)


def test_regions_are_edited_on_from_the_former_ones(material, later):
    before = learnt(RAIE, material)
    after = learnt(RAIE, later, before)
    encodings = encode(material.backbone, later.finetune, batch_size=64)
    expected = edited(before.ranker.router.state, later.finetune, encodings, params=EditParams(), seed=6)
    assert np.array_equal(after.ranker.router.regions.centers_, expected.regions.centers_)
    assert not np.array_equal(after.ranker.router.regions.centers_, before.ranker.router.regions.centers_)


def test_an_edit_knows_what_regions_received(material, later):
    first, second = (encode(material.backbone, each.finetune, batch_size=64) for each in (material, later))
    state = constructed(material.finetune, first, n_regions=3, seed=0)
    assert len(state.memory) == len(material.finetune)
    after = edited(state, later.finetune, second, params=EditParams(use_radius=False), seed=0)
    assert len(after.memory) > len(state.memory)
    assert set(after.memory.region_ids) <= set(after.regions.ids)
    waiting = edited(state, later.finetune, second, params=EditParams(expansion=0.0), seed=0)
    assert 0 < len(waiting.pool) < len(later.finetune)


def test_a_new_region_goes_on_from_its_parent_and_one_of_nobody_is_fresh():
    before, after = regions(r0001=(), r0002=()), regions(r0002=(), r0003=("r0001",), r0004=())
    fresh, former = -torch.arange(9.0).view(3, 3) - 1, torch.arange(6.0).view(2, 3)
    rows = carried(fresh, after, former, before)
    assert torch.equal(rows, torch.stack([former[1], former[0], fresh[2]]))


def regions(**parents):
    n = len(parents)
    return RegionSet.from_statistics(
        ids=tuple(parents),
        parents=tuple(parents.values()),
        born=("genesis",) * n,
        last_seen=("2000-01-01",) * n,
        next_serial=n + 1,
        resultants=np.eye(4)[:n],
        counts=np.ones(n),
        radii=np.ones(n),
    )


def test_adapters_start_where_they_are_told(material):
    rows = Adapted(material.backbone, rank=2, n_adapters=3, seed=1).rows.detach() + 1
    adapted = Adapted(material.backbone, rank=2, n_adapters=3, seed=2, start=rows)
    assert torch.equal(adapted.rows, rows)
    with torch.no_grad():
        adapted.rows += 1
    assert not torch.equal(adapted.rows, rows), "a copy"
