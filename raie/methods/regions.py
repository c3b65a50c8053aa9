"""RAIE: regions of Set-up edited by Finetune, an adapter for each, a sequence served by its region's.

Everything that could be otherwise is a setting, so that its worth can be measured. Two are controls:
`drawn` = "random" gives every sequence a region by lot, `edits` = 0 leaves the regions as Set-up made them.
"""

import hashlib
import itertools
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from raie.backbones.batches import batch_of
from raie.backbones.protocol import Backbone, Batch
from raie.encodings.encode import encode
from raie.methods.contract import Fitted, Material, Method, Settings
from raie.methods.edited import Edited, carried, constructed, edited
from raie.methods.fitting import next_item_loss, spend
from raie.methods.lowrank import Adapted, item_scores
from raie.methods.remembered import Remembered
from raie.params import EditParams
from raie.regions.regionset import RegionSet
from raie.routing.router import route
from raie.sequences.windows import Windows

ENCODED_AT_ONCE = 256

BASE = -1
"""In place of a region: the base model serves, without any adapter or memory."""


@dataclass(frozen=True, eq=False)
class Lots:
    """The control: every sequence's region is drawn."""

    n_regions: int
    seed: int

    def regions_of(self, windows: Windows, encodings: np.ndarray) -> np.ndarray:
        """Draw a region for each, (N,) int64, by user, newest event's time and seed alone."""
        key, newest = str(self.seed).encode(), windows.history_times[:, -1].tolist()
        named = (f"{user} {time}" for user, time in zip(windows.user_ids.tolist(), newest, strict=True))
        return np.array([_number(name, key) % self.n_regions for name in named], dtype=np.int64)

    def again(self, encodings: np.ndarray, regions: np.ndarray) -> np.ndarray:
        """Where windows belong that were in these regions before, (N,) int64: once drawn, it stays."""
        return regions

    def carried(self, fresh: Tensor, former: Tensor, before: "Router") -> Tensor:
        """Rows that the regions' adapters go on from, (K, P): their own."""
        return former


@dataclass(frozen=True, eq=False)
class Routed:
    """Regions by content, as `raie.routing.router` serves them."""

    state: Edited
    edits: EditParams

    @property
    def regions(self) -> RegionSet:
        """As they are now."""
        return self.state.regions

    @property
    def n_regions(self) -> int:
        """K, those that edits added included."""
        return len(self.regions)

    def regions_of(self, windows: Windows, encodings: np.ndarray) -> np.ndarray:
        """Row of each sequence's region, (N,) int64, or `BASE` where it lies outside all."""
        routes = route(encodings, self.regions, params=self.edits)
        return np.where(routes.fallback, BASE, routes.region)

    def again(self, encodings: np.ndarray, regions: np.ndarray) -> np.ndarray:
        """Where windows belong that were in these regions before, (N,) int64: each to the nearest by now."""
        return route(encodings, self.regions, params=self.edits).region

    def carried(self, fresh: Tensor, former: Tensor, before: "Router") -> Tensor:
        """Rows that the regions' adapters go on from, (K, P), see `raie.methods.edited.carried`."""
        assert isinstance(before, Routed)
        return carried(fresh, self.regions, former, before.regions)


Router = Lots | Routed


def _number(name: str, key: bytes) -> int:
    """The same in every process."""
    return int.from_bytes(hashlib.blake2b(name.encode(), key=key, digest_size=8).digest(), "big")


@dataclass(frozen=True, eq=False)
class RegionRanker:
    """Serves each sequence under the shared adapter and its region's, and from what the region remembers."""

    backbone: Backbone
    adapted: Adapted
    router: Router
    shared: bool
    remembered: Remembered | None

    @torch.no_grad()
    def scores(self, windows: Windows) -> Tensor:
        """See `raie.methods.contract.Ranker`."""
        encodings = encode(self.backbone, windows, batch_size=ENCODED_AT_ONCE)
        regions = self.router.regions_of(windows, encodings)
        batch = batch_of(windows.histories, windows.history_times, torch.device("cpu"))
        gates = gates_of(regions, self.router.n_regions, shared=self.shared)
        scores = item_scores(self.adapted.states(batch, gates), self.adapted.vectors)
        return self.remembered.mixed(scores, encodings, regions) if self.remembered else scores


def gates_of(regions: np.ndarray, n_regions: int, *, shared: bool) -> Tensor:
    """Weigh adapters: 1 for the shared one, which is first, and for the region's; 0 where `BASE` serves."""
    own = torch.as_tensor(regions[:, None] == np.arange(n_regions), dtype=torch.float32)
    everybody = torch.as_tensor(regions[:, None] != BASE, dtype=torch.float32)
    return torch.cat([everybody, own], dim=1) if shared else own


def fit(material: Material, settings: Settings, before: Fitted | None = None) -> Fitted:
    """Build regions, edit them, train their adapters together, remember what they received.

    Going on, the former regions are edited, their adapters trained on and their memories added to.
    """
    former = _former(before)
    encodings = encode(material.backbone, material.finetune, batch_size=ENCODED_AT_ONCE)
    router, shared = _router(material, settings, encodings, former), bool(settings["shared"])
    regions = router.regions_of(material.finetune, encodings)
    served = np.flatnonzero(regions != BASE)
    windows, regions, encodings = material.finetune.take(served), regions[served], encodings[served]
    gates = gates_of(regions, router.n_regions, shared=shared)
    adapted = _adapted(material, settings, gates.shape[1], router, former)

    def loss(batch: Batch, targets: Tensor, chosen: np.ndarray) -> Tensor:
        states = adapted.states(batch, gates[chosen], train=True)
        return next_item_loss(states, adapted.vectors, targets)

    rate = float(settings["learning_rate"])
    spent = spend(material.budget, windows, loss, [adapted.rows], learning_rate=rate, seed=material.seed)
    remembered = _remembered(windows, encodings, regions, settings)
    if remembered and former and former.remembered:
        remembered = remembered.added_to(former.remembered, router.again)
    ranker = RegionRanker(material.backbone, adapted, router, shared, remembered)
    return Fitted(ranker, spent, adapted.rows.numel(), {"regions": float(router.n_regions)})


def _former(before: Fitted | None) -> RegionRanker | None:
    if before is None:
        return None
    assert isinstance(before.ranker, RegionRanker)
    return before.ranker


def _adapted(
    material: Material, settings: Settings, n_adapters: int, router: Router, former: RegionRanker | None
) -> Adapted:
    if former is None:
        rank = max(1, int(settings["total_rank"]) // n_adapters)
        return Adapted(material.backbone, rank=rank, n_adapters=n_adapters, seed=material.seed)
    rank, rows, first = former.adapted.rank, former.adapted.rows.detach(), int(former.shared)
    fresh = Adapted(material.backbone, rank=rank, n_adapters=n_adapters, seed=material.seed).rows.detach()
    start = torch.cat([rows[:first], router.carried(fresh[first:], rows[first:], former.router)])
    return Adapted(material.backbone, rank=rank, n_adapters=n_adapters, seed=material.seed, start=start)


def _router(
    material: Material, settings: Settings, encodings: np.ndarray, former: RegionRanker | None
) -> Router:
    router = _first_router(material, settings) if former is None else former.router
    if isinstance(router, Lots) or not settings["edits"]:
        return router
    state = edited(router.state, material.finetune, encodings, params=router.edits, seed=material.seed)
    return Routed(state, router.edits)


def _first_router(material: Material, settings: Settings) -> Router:
    n_regions, edits = int(settings["n_regions"]), EditParams(use_radius=bool(settings["use_radius"]))
    if settings["drawn"] == "random":
        return Lots(n_regions, material.seed)
    learnt = encode(material.backbone, material.setup, batch_size=ENCODED_AT_ONCE)
    return Routed(constructed(material.setup, learnt, n_regions=n_regions, seed=material.seed), edits)


def _remembered(
    windows: Windows, encodings: np.ndarray, regions: np.ndarray, settings: Settings
) -> Remembered | None:
    if not settings["memory"]:
        return None
    prior_weight, sharpness = float(settings["prior_weight"]), float(settings["sharpness"])
    return Remembered(encodings, windows.next_items, regions, prior_weight, sharpness)


_FORM: Settings = {
    "n_regions": 3,
    "total_rank": 24,
    "shared": 1,
    "learning_rate": 5e-4,
    "memory": 1,
    "prior_weight": 30.0,
    "sharpness": 20.0,
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


_RATES, _WEIGHTS, _REGIONS = (5e-4, 1e-3), (30.0, 300.0), (3, 7)
GRID = _grid(learning_rate=_RATES, prior_weight=_WEIGHTS)
METHODS = (
    Method("raie", fit, GRID, evolves=True),
    Method("raie-random-regions", fit, _each(GRID, drawn="random"), evolves=True),
    Method("raie-no-edits", fit, _each(GRID, edits=0), evolves=True),
    Method(
        "raie-no-memory", fit, _each(_grid(learning_rate=_RATES, n_regions=_REGIONS), memory=0), evolves=True
    ),
)
MEMORY_OF_ALL = Method("lora-memory", fit, _each(GRID, n_regions=1, edits=0, shared=0), evolves=True)
"""A baseline: one adapter and one memory for everybody. What a memory brings without regions."""
