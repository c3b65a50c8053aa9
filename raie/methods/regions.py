"""RAIE: regions of Set-up edited by Finetune; a sequence is served by what its region learnt and remembers.

Everything that could be otherwise is a setting, so that its worth can be measured. Two are controls:
`by_lot` = 1 gives every sequence a region by lot, `edits` = 0 leaves the regions as Set-up made them.
"""

import functools

import numpy as np
import torch
from torch import Tensor, nn

from raie.datastore.base import BASE
from raie.datastore.habits import Habits
from raie.datastore.trust import Trust
from raie.methods.contract import Budget, Fitted, Material, Method, Settings, Spent
from raie.methods.fitting import Group, spend_at_rates
from raie.methods.regional.adapters import RegionAdapters
from raie.methods.regional.everyevent import every_event
from raie.methods.regional.form import Form
from raie.methods.regional.lessons import Lessons
from raie.methods.regional.memory import Memory
from raie.methods.regional.model import RegionModel
from raie.methods.regional.ranker import RegionRanker
from raie.methods.regional.reading import read
from raie.methods.regional.routers import Router, router_of


def fit(material: Material, settings: Settings, before: Fitted | None = None) -> Fitted:
    """Build regions, edit them, and teach all of them together what came next.

    Going on, the former regions are edited and taught on, and their memories added to.
    """
    form, former = Form.of(settings), _former(before)
    state_share = form.state_share if form.memory else 0.0
    seen = read(material.backbone, material.finetune, state_share=state_share)
    router = router_of(material, form, seen.encodings, former.router if former else None)
    homes = router.regions_of(material.finetune, seen.encodings)
    served = np.flatnonzero(homes != BASE)
    windows, seen, homes = material.finetune.take(served), seen.take(served), homes[served]
    memory = _remembered(material, form, router) if form.memory else None
    model = _model(material, form, router, memory, former)
    reach = router.reach(seen.encodings, homes, form.reach)
    near = model.memory.earlier_neighbours(windows, seen, reach) if model.memory else None
    lessons = Lessons(windows, homes, near)
    if form.replay_share:
        lessons = lessons.with_replay(material, router, form.replay_share)
    spent, learnt = Spent(), set[nn.Parameter]()
    for budget, groups in _phases(material.budget, model, form, going_on=former is not None):
        loss = lessons.loss_under(model, every_place=form.every_place, seed=material.seed)
        spent += spend_at_rates(budget, lessons.windows, loss, groups, seed=material.seed)
        learnt |= {each for group in groups for each in group.parameters}
    ranker = RegionRanker(material.backbone, router, model, form.mixed, form.reach, state_share)
    notes = {"regions": float(router.n_regions)}
    return Fitted(ranker, spent, sum(each.numel() for each in learnt), notes)


def _remembered(material: Material, form: Form, router: Router) -> Memory:
    """What the windows of Finetune tell: what came next, and with ``every_event`` all along the way."""
    windows = every_event(material.finetune) if form.every_event else material.finetune
    seen = read(material.backbone, windows, state_share=form.state_share)
    homes = router.regions_of(windows, seen.encodings)
    served = np.flatnonzero(homes != BASE)
    windows = windows.take(served)
    return Memory(seen.take(served), windows.next_items, windows.label_times, homes[served])


def _phases(
    budget: Budget, model: RegionModel, form: Form, *, going_on: bool
) -> list[tuple[Budget, list[Group]]]:
    """What learns for how long: all at once, or first what is everybody's and then what regions own."""
    own, shared = model.own_groups(form), model.shared_groups(form)
    if going_on and not form.shared_evolves:
        return [(budget, own)]
    if not form.shared_first:
        return [(budget, own + shared)]
    first, then = budget.parts(0.5, 0.5)
    return [(first, shared), (then, own)]


def _former(before: Fitted | None) -> RegionRanker | None:
    if before is None:
        return None
    assert isinstance(before.ranker, RegionRanker)
    return before.ranker


def _model(
    material: Material, form: Form, router: Router, memory: Memory | None, former: RegionRanker | None
) -> RegionModel:
    """Fresh, or what it was before with a memory of both."""
    if former is None:
        return _fresh(material, form, router.n_regions, memory)
    if memory and former.model.memory:
        memory = memory.added_to(former.model.memory, router.again)
    model = _fresh(material, form, router.n_regions, memory)
    model.go_on(former.model, functools.partial(router.carried, before=former.router))
    return model


def _fresh(material: Material, form: Form, n_regions: int, memory: Memory | None) -> RegionModel:
    adapters = RegionAdapters(
        material.backbone,
        n_regions=n_regions,
        shared_rank=form.shared_rank,
        own_rank=form.own_rank,
        moving=_moving(material) if form.item_rate else None,
        seed=material.seed,
    )
    habits = Habits(n_regions, material.finetune.histories.shape[1]) if form.habits else None
    if memory is None:
        return RegionModel(adapters, habits, None, None)
    return RegionModel(adapters, habits, memory, Trust(n_regions))


def _moving(material: Material) -> Tensor:
    """Items that Finetune holds: the vectors of others stay, (n_items + 1,) bool."""
    windows, moving = material.finetune, torch.zeros(material.backbone.n_items + 1, dtype=torch.bool)
    for items in (windows.histories.ravel(), windows.next_items):
        moving[torch.as_tensor(items.astype(np.int64))] = True
    moving[0] = False
    return moving


def _each(grid: tuple[Settings, ...], **changes: float) -> tuple[Settings, ...]:
    return tuple({**settings, **changes} for settings in grid)


GRID = tuple(Form(item_rate=rate).settings for rate in (1e-4, 0.0, 3e-4, 1e-3))
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
