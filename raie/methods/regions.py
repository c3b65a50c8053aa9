"""RAIE: regions of Set-up edited by Finetune, an adapter for each, a sequence served by its region's.

Everything that could be otherwise is a setting, so that its worth can be measured. Two are controls:
`drawn` = "random" gives every sequence a region by lot, `edits` = 0 leaves the regions as Set-up made them.
"""

import hashlib
import itertools
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from raie.backbones.batches import batch_of
from raie.backbones.protocol import Backbone, Batch
from raie.edits.night import edit_regions
from raie.encodings.encode import encode
from raie.methods.contract import Fitted, Material, Method, Settings
from raie.methods.fitting import next_item_loss, spend
from raie.methods.lowrank import Adapted, item_scores
from raie.methods.remembered import Remembered
from raie.params import EditParams, RegionParams
from raie.regions.construct import construct_regions
from raie.regions.regionset import RegionSet
from raie.routing.router import route
from raie.sequences.windows import Windows

ENCODED_AT_ONCE = 256
SNAPSHOT, DATE = "genesis", "2000-01-01"
"""Recorded in a region set that nobody keeps."""


@dataclass(frozen=True, eq=False)
class Lots:
    """The control: every sequence's region is drawn."""

    n_regions: int
    seed: int

    def gates(self, windows: Windows, encodings: np.ndarray) -> np.ndarray:
        """Weight of each region, (N, K): one for a region drawn by user and the newest event's time."""
        users = np.array([hash_of(user) for user in windows.user_ids.tolist()], dtype=np.uint64)
        mixed = users ^ (windows.history_times[:, -1].astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15))
        drawn = ((mixed >> np.uint64(17)) + np.uint64(self.seed)) % np.uint64(self.n_regions)
        return np.eye(self.n_regions, dtype=np.float32)[drawn.astype(np.int64)]


@dataclass(frozen=True, eq=False)
class Routed:
    """Regions by content, as `raie.routing.router` serves them."""

    regions: RegionSet
    edits: EditParams
    fall_back: bool
    """Whether the base serves what lies outside every region."""

    def gates(self, windows: Windows, encodings: np.ndarray) -> np.ndarray:
        """Weight of each region, (N, K): one for the region that a sequence is routed to."""
        routes = route(encodings, self.regions, params=self.edits)
        gates = np.eye(len(self.regions), dtype=np.float32)[routes.region]
        if self.fall_back:
            gates[routes.fallback] = 0
        return gates


def hash_of(user: str) -> int:
    """A number of 64 bits that is the same in every process."""
    return int.from_bytes(hashlib.blake2b(user.encode(), digest_size=8).digest(), "big")


@dataclass(frozen=True, eq=False)
class RegionRanker:
    """Serves each sequence under the shared adapter and its region's, and from what the region remembers."""

    backbone: Backbone
    adapted: Adapted
    router: Lots | Routed
    shared: bool
    remembered: Remembered | None = field(default=None)

    @torch.no_grad()
    def scores(self, windows: Windows) -> Tensor:
        """See `raie.methods.contract.Ranker`."""
        encodings = encode(self.backbone, windows, batch_size=ENCODED_AT_ONCE)
        gates = self.router.gates(windows, encodings)
        batch = batch_of(windows.histories, windows.history_times, torch.device("cpu"))
        states = self.adapted.states(batch, with_shared(gates, self.shared))
        scores = item_scores(states, self.adapted.vectors)
        if self.remembered is None:
            return scores
        return self.remembered.mixed(scores, encodings, gates.argmax(axis=1))


def with_shared(gates: np.ndarray, shared: bool) -> Tensor:
    """Put the shared adapter, of weight 1, before the regions'."""
    found = torch.as_tensor(gates)
    return torch.cat([torch.ones(len(found), 1), found], dim=1) if shared else found


def fit(material: Material, settings: Settings) -> Fitted:
    """Build regions, edit them, train their adapters together, remember what they received."""
    windows = material.finetune
    encodings = encode(material.backbone, windows, batch_size=ENCODED_AT_ONCE)
    router = _router(material, settings, encodings)
    gates = router.gates(windows, encodings)
    shared = bool(settings["shared"])
    n_adapters = gates.shape[1] + shared
    rank = max(1, int(settings["total_rank"]) // n_adapters)
    adapted = Adapted(material.backbone, rank=rank, n_adapters=n_adapters, seed=material.seed)
    by_row = with_shared(gates, shared)

    def loss(batch: Batch, targets: Tensor, chosen: np.ndarray) -> Tensor:
        states = adapted.states(batch, by_row[chosen], train=True)
        return next_item_loss(states, adapted.vectors, targets)

    rate = float(settings["learning_rate"])
    spend(material.budget, windows, loss, [adapted.rows], learning_rate=rate, seed=material.seed)
    remembered = _remembered(windows, encodings, gates.argmax(axis=1), settings)
    ranker = RegionRanker(material.backbone, adapted, router, shared, remembered)
    budget = material.budget
    notes = {"regions": float(gates.shape[1])}
    return Fitted(ranker, budget.steps, budget.examples, adapted.rows.numel(), notes)


def _router(material: Material, settings: Settings, encodings: np.ndarray) -> Lots | Routed:
    n_regions, edits = int(settings["n_regions"]), EditParams()
    if settings["drawn"] == "random":
        return Lots(n_regions, material.seed)
    learnt = encode(material.backbone, material.setup, batch_size=ENCODED_AT_ONCE)
    params = RegionParams(n_regions=n_regions)
    regions, labels = construct_regions(
        learnt, params=params, seed=material.seed, snapshot=SNAPSHOT, date=DATE
    )
    if settings["edits"]:
        kept = np.random.default_rng(material.seed).permutation(len(learnt))[: n_regions * params.memory_size]
        regions = edit_regions(
            regions,
            encodings,
            memory_encodings=learnt[kept],
            memory_regions=np.array(regions.ids)[labels[kept]],
            pool_encodings=learnt[:0],
            params=edits,
            radius_quantile=params.radius_quantile,
            snapshot=SNAPSHOT,
            date=DATE,
            seed=material.seed,
        ).regions
    return Routed(regions, edits, fall_back=bool(settings["use_radius"]))


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


_REGIONS, _WEIGHTS, _RATES = (3, 7), (30.0, 300.0), (5e-4, 1e-3)
GRID = _grid(n_regions=_REGIONS, prior_weight=_WEIGHTS)
METHODS = (
    Method("raie", fit, GRID),
    Method("raie-random-regions", fit, _each(GRID, drawn="random")),
    Method("raie-no-edits", fit, _each(GRID, edits=0)),
    Method("raie-no-memory", fit, _each(_grid(n_regions=_REGIONS, learning_rate=_RATES), memory=0)),
    Method("raie-one-region", fit, _each(_grid(prior_weight=_WEIGHTS, learning_rate=_RATES), n_regions=1)),
)
