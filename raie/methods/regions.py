"""RAIE: regions of Set-up edited by Finetune; a sequence is served by what its region learnt and remembers.

Everything that could be otherwise is a setting, so that its worth can be measured. Two are controls:
`by_lot` = 1 gives every sequence a region by lot, `edits` = 0 leaves the regions as Set-up made them.
"""

import functools

import numpy as np
import torch
from torch import Tensor, nn

from raie.encodings.encode import encode
from raie.methods.contract import Budget, Fitted, Material, Method, Settings, Spent
from raie.methods.fitting import Group, spend_at_rates
from raie.methods.regional.adapters import RegionAdapters
from raie.methods.regional.habits import Habits
from raie.methods.regional.lessons import Lessons
from raie.methods.regional.memory import Memory
from raie.methods.regional.model import RegionModel
from raie.methods.regional.ranker import RegionRanker
from raie.methods.regional.routers import BASE, ENCODED_AT_ONCE, Router, router_of
from raie.methods.regional.trust import Trust


def fit(material: Material, settings: Settings, before: Fitted | None = None) -> Fitted:
    """Build regions, edit them, and teach all of them together what came next.

    Going on, the former regions are edited and taught on, and their memories added to.
    """
    former = _former(before)
    encodings = encode(material.backbone, material.finetune, batch_size=ENCODED_AT_ONCE)
    router = router_of(material, settings, encodings, former.router if former else None)
    homes = router.regions_of(material.finetune, encodings)
    served = np.flatnonzero(homes != BASE)
    windows = material.finetune.take(served)
    memory = Memory(encodings[served], windows.next_items, homes[served])
    model = _model(material, settings, router, memory, former)
    reach = router.reach(encodings[served], homes[served], int(settings["reach"]))
    near = model.memory.own_neighbours(windows, reach) if model.memory else None
    lessons = Lessons(windows, homes[served], near)
    if settings["replay_share"]:
        lessons = lessons.with_replay(material, router, float(settings["replay_share"]))
    spent, learnt = Spent(), set[nn.Parameter]()
    for budget, groups in _phases(material.budget, model, settings, going_on=former is not None):
        loss = lessons.loss_under(model, every_place=float(settings["every_place"]), seed=material.seed)
        spent += spend_at_rates(budget, lessons.windows, loss, groups, seed=material.seed)
        learnt |= {each for group in groups for each in group.parameters}
    ranker = RegionRanker(material.backbone, router, model, bool(settings["mixed"]), int(settings["reach"]))
    notes = {"regions": float(router.n_regions)}
    return Fitted(ranker, spent, sum(each.numel() for each in learnt), notes)


def _phases(
    budget: Budget, model: RegionModel, settings: Settings, *, going_on: bool
) -> list[tuple[Budget, list[Group]]]:
    """What learns for how long: all at once, or first what is everybody's and then what regions own."""
    own, shared = model.own_groups(settings), model.shared_groups(settings)
    if going_on and not settings["shared_evolves"]:
        return [(budget, own)]
    if not settings["shared_first"]:
        return [(budget, own + shared)]
    first, then = budget.parts(0.5, 0.5)
    return [(first, shared), (then, own)]


def _former(before: Fitted | None) -> RegionRanker | None:
    if before is None:
        return None
    assert isinstance(before.ranker, RegionRanker)
    return before.ranker


def _model(
    material: Material, settings: Settings, router: Router, memory: Memory, former: RegionRanker | None
) -> RegionModel:
    """Fresh, or what it was before with a memory of both."""
    if former is None:
        return _fresh(material, settings, router.n_regions, memory)
    if former.model.memory:
        memory = memory.added_to(former.model.memory, router.again)
    model = _fresh(material, settings, router.n_regions, memory)
    model.go_on(former.model, functools.partial(router.carried, before=former.router))
    return model


def _fresh(material: Material, settings: Settings, n_regions: int, memory: Memory) -> RegionModel:
    adapters = RegionAdapters(
        material.backbone,
        n_regions=n_regions,
        shared_rank=int(settings["shared_rank"]),
        own_rank=int(settings["own_rank"]),
        moving=_moving(material) if settings["item_rate"] else None,
        seed=material.seed,
    )
    habits = Habits(n_regions, material.finetune.histories.shape[1]) if settings["habits"] else None
    if not settings["memory"]:
        return RegionModel(adapters, habits, None, None)
    return RegionModel(adapters, habits, memory, Trust(n_regions))


def _moving(material: Material) -> Tensor:
    """Items that Finetune holds: the vectors of others stay, (n_items + 1,) bool."""
    windows, moving = material.finetune, torch.zeros(material.backbone.n_items + 1, dtype=torch.bool)
    for items in (windows.histories.ravel(), windows.next_items):
        moving[torch.as_tensor(items.astype(np.int64))] = True
    moving[0] = False
    return moving


_FORM: Settings = {
    "n_regions": 8,
    "shared_rank": 20,
    "own_rank": 4,
    "learning_rate": 1e-3,
    "own_pace": 0.3,
    "shared_first": 0,
    "shared_evolves": 1,
    "replay_share": 0.0,
    "every_place": 0.0,
    "item_rate": 3e-4,
    "odds_rate": 1e-2,
    "habits": 1,
    "memory": 1,
    "reach": 1,
    "edits": 1,
    "use_radius": 1,
    "expansion": 0.2,
    "min_posterior_margin": 0.1,
    "min_pool_size": 60,
    "merge_angle": 0.3,
    "fall_back": 0,
    "mixed": 0,
    "by_lot": 0,
}


def _each(grid: tuple[Settings, ...], **changes: float) -> tuple[Settings, ...]:
    return tuple({**settings, **changes} for settings in grid)


GRID = tuple({**_FORM, "item_rate": rate} for rate in (3e-4, 0.0, 1e-4, 1e-3))
"""How much items move differs most between datasets."""
METHODS = tuple(
    Method(name, fit, grid, evolves=True)
    for name, grid in (
        ("raie", GRID),
        ("raie-random-regions", _each(GRID, by_lot=1)),
        ("raie-one-region", _each(GRID, n_regions=1, shared_rank=24, own_rank=0, edits=0)),
        ("raie-no-edits", _each(GRID, edits=0)),
    )
)
