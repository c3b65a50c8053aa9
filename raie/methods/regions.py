"""RAIE: regions of Set-up edited by Finetune; a sequence is served by what its region learnt and remembers.

Everything that could be otherwise is a setting, so that its worth can be measured. Two are controls:
`drawn` = "random" gives every sequence a region by lot, `edits` = 0 leaves the regions as Set-up made them.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from raie.backbones.batches import batch_of
from raie.backbones.protocol import Backbone, Batch
from raie.encodings.encode import encode
from raie.methods.contract import Fitted, Material, Method, Settings
from raie.methods.fitting import Group, Loss, spend_at_rates
from raie.methods.regional.adapters import RegionAdapters
from raie.methods.regional.habits import Habits
from raie.methods.regional.memory import Memory
from raie.methods.regional.routers import BASE, ENCODED_AT_ONCE, Router, router_of
from raie.methods.regional.trust import Trust
from raie.sequences.windows import Windows


@dataclass(frozen=True, eq=False)
class RegionModel:
    """What regions learn and remember; `habits`, `memory` and `trust` may be left out."""

    adapters: RegionAdapters
    habits: Habits | None
    memory: Memory | None
    trust: Trust | None

    def scores(self, batch: Batch, regions: Tensor, *, train: bool = False) -> Tensor:
        """Score every item under adapters and habits, memory apart; see `RegionAdapters.scores`."""
        scores = self.adapters.scores(batch, regions, train=train)
        return self.habits.followed(scores, batch.items, regions) if self.habits else scores

    @property
    def owned(self) -> list[nn.Parameter]:
        """What regions own of it, a row for each: adapters, habits, trust."""
        found = list(self.adapters.own_parameters)
        if self.habits:
            found.append(self.habits.places)
        if self.trust:
            found.append(self.trust.numbers)
        return found

    def groups(self, settings: Settings, *, shared: bool) -> list[Group]:
        """What learns, and how fast; without ``shared`` only what a region owns."""
        rate, odds = float(settings["learning_rate"]), list[nn.Parameter]()
        if self.habits:
            odds.append(self.habits.places)
        if self.trust:
            odds.append(self.trust.numbers)
        own = [
            Group(self.adapters.own_parameters, rate * float(settings["own_pace"])),
            Group(odds, float(settings["odds_rate"])),
        ]
        everybodys = [
            Group(self.adapters.shared_parameters, rate),
            Group(self.adapters.shifts, float(settings["item_rate"])),
        ]
        return [group for group in own + everybodys * shared if group.parameters]

    def go_on(self, before: "RegionModel", carried: Callable[[Tensor, Tensor], Tensor]) -> None:
        """Start from what was learnt before, see `RegionAdapters.go_on`."""
        self.adapters.go_on(before.adapters, carried)
        with torch.no_grad():
            if self.habits and before.habits:
                self.habits.places.copy_(carried(self.habits.places, before.habits.places))
            if self.trust and before.trust:
                self.trust.numbers.copy_(carried(self.trust.numbers, before.trust.numbers))


@dataclass(frozen=True, eq=False)
class RegionRanker:
    """Serves each sequence by its region."""

    backbone: Backbone
    router: Router
    model: RegionModel

    @torch.no_grad()
    def scores(self, windows: Windows) -> Tensor:
        """See `raie.methods.contract.Ranker`."""
        encodings = encode(self.backbone, windows, batch_size=ENCODED_AT_ONCE)
        found = self.router.regions_of(windows, encodings)
        batch = batch_of(windows.histories, windows.history_times, torch.device("cpu"))
        regions, model = torch.as_tensor(found), self.model
        scores = model.scores(batch, regions)
        if model.memory is None or model.trust is None:
            return scores
        return model.trust.mixed(scores, model.memory.neighbours(windows, encodings, found), regions)


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
    groups = model.groups(settings, shared=former is None or bool(settings["shared_evolves"]))
    loss = _loss_of(model, windows, homes[served])
    spent = spend_at_rates(material.budget, windows, loss, groups, seed=material.seed)
    n_learnt = sum(each.numel() for group in groups for each in group.parameters)
    ranker = RegionRanker(material.backbone, router, model)
    return Fitted(ranker, spent, n_learnt, {"regions": float(router.n_regions)})


def _former(before: Fitted | None) -> RegionRanker | None:
    if before is None:
        return None
    assert isinstance(before.ranker, RegionRanker)
    return before.ranker


def _loss_of(model: RegionModel, windows: Windows, homes: np.ndarray) -> Loss:
    """Negative log-likelihood of what came next; a window's memory is what its region held before it."""
    near = model.memory.own_neighbours(windows) if model.memory else None

    def loss(batch: Batch, targets: Tensor, chosen: np.ndarray) -> Tensor:
        regions = torch.as_tensor(homes[chosen])
        scores = model.scores(batch, regions, train=True)
        likely = scores.gather(1, targets[:, None])[:, 0] - scores.logsumexp(dim=1)
        if near is None or model.trust is None:
            return -likely.mean()
        return model.trust.loss(likely, targets, near.take(chosen), regions)

    return loss


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
    "shared_evolves": 1,
    "item_rate": 3e-4,
    "odds_rate": 1e-2,
    "habits": 1,
    "memory": 1,
    "edits": 1,
    "use_radius": 0,
    "drawn": "content",
}


def _each(grid: tuple[Settings, ...], **changes: float | str) -> tuple[Settings, ...]:
    return tuple({**settings, **changes} for settings in grid)


GRID = tuple({**_FORM, "item_rate": rate} for rate in (3e-4, 0.0, 1e-4, 1e-3))
"""How much items move differs most between datasets."""
METHODS = tuple(
    Method(name, fit, grid, evolves=True)
    for name, grid in (
        ("raie", GRID),
        ("raie-random-regions", _each(GRID, drawn="random")),
        ("raie-one-region", _each(GRID, n_regions=1, shared_rank=24, own_rank=0, edits=0)),
        ("raie-no-edits", _each(GRID, edits=0)),
        ("raie-no-memory", _each(GRID, memory=0)),
        ("raie-no-habits", _each(GRID, habits=0)),
    )
)
