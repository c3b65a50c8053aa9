"""RAIE: regions of Set-up edited by Finetune; a sequence is served by what its region learnt and remembers.

Everything that could be otherwise is a setting, so that its worth can be measured. Two are controls:
`drawn` = "random" gives every sequence a region by lot, `edits` = 0 leaves the regions as Set-up made them.
"""

import itertools
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from raie.backbones.batches import batch_of
from raie.backbones.protocol import Backbone, Batch
from raie.encodings.encode import encode
from raie.methods.contract import Fitted, Material, Method, Settings
from raie.methods.fitting import Group, Loss, spend_at_rates
from raie.methods.regional.adapters import RegionAdapters
from raie.methods.regional.habits import Habits
from raie.methods.regional.memory import Memory
from raie.methods.regional.routers import BASE, ENCODED_AT_ONCE, Lots, Routed, router_of
from raie.methods.regional.trust import Trust
from raie.sequences.windows import Windows

RATE_OF_ODDS = 1e-2
"""Learning rate of habits and trust: log odds, which have a unit of their own."""


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

    def groups(self, settings: Settings) -> list[Group]:
        """What learns, and how fast."""
        rate, odds = float(settings["learning_rate"]), []
        if self.habits:
            odds.append(self.habits.places)
        if self.trust:
            odds.append(self.trust.numbers)
        shift = [] if self.adapters.shift is None else [self.adapters.shift]
        found = [
            Group(self.adapters.shared_parameters, rate),
            Group(self.adapters.own_parameters, rate * float(settings["own_pace"])),
            Group(shift, float(settings["item_rate"])),
            Group(odds, RATE_OF_ODDS),
        ]
        return [group for group in found if group.parameters]


@dataclass(frozen=True, eq=False)
class RegionRanker:
    """Serves each sequence by its region."""

    backbone: Backbone
    router: Lots | Routed
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


def fit(material: Material, settings: Settings) -> Fitted:
    """Build regions, edit them, and teach all of them together what came next."""
    encodings = encode(material.backbone, material.finetune, batch_size=ENCODED_AT_ONCE)
    router = router_of(material, settings, encodings)
    homes = router.regions_of(material.finetune, encodings)
    served = np.flatnonzero(homes != BASE)
    windows = material.finetune.take(served)
    memory = Memory(encodings[served], windows.next_items, homes[served])
    model = _fresh(material, settings, router.n_regions, memory)
    groups = model.groups(settings)
    loss = _loss_of(model, windows, homes[served])
    spent = spend_at_rates(material.budget, windows, loss, groups, seed=material.seed)
    n_learnt = sum(each.numel() for group in groups for each in group.parameters)
    ranker = RegionRanker(material.backbone, router, model)
    return Fitted(ranker, spent, n_learnt, {"regions": float(router.n_regions)})


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
    "learning_rate": 5e-4,
    "own_pace": 0.3,
    "item_rate": 3e-4,
    "habits": 1,
    "memory": 1,
    "edits": 1,
    "use_radius": 0,
    "drawn": "content",
}


def _grid(**choices: tuple[float, float]) -> tuple[Settings, ...]:
    """Every combination of the choices."""
    combined = itertools.product(*choices.values())
    return tuple({**_FORM, **dict(zip(choices, each, strict=True))} for each in combined)


def _each(grid: tuple[Settings, ...], **changes: float | str) -> tuple[Settings, ...]:
    return tuple({**settings, **changes} for settings in grid)


GRID = _grid(item_rate=(3e-4, 0.0), learning_rate=(5e-4, 1e-3))
METHODS = (
    Method("raie", fit, GRID),
    Method("raie-random-regions", fit, _each(GRID, drawn="random")),
    Method("raie-one-region", fit, _each(GRID, n_regions=1, shared_rank=24, own_rank=0, edits=0)),
    Method("raie-no-edits", fit, _each(GRID, edits=0)),
    Method("raie-no-memory", fit, _each(GRID, memory=0)),
    Method("raie-no-habits", fit, _each(GRID, habits=0)),
)
