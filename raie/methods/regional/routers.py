"""Which region a sequence belongs to: by content, or by lot as the control has it."""

import hashlib
from dataclasses import dataclass

import numpy as np

from raie.edits.night import edit_regions
from raie.encodings.encode import encode
from raie.methods.contract import Material, Settings
from raie.params import EditParams, RegionParams
from raie.regions.construct import construct_regions
from raie.regions.regionset import RegionSet
from raie.routing.router import route
from raie.sequences.windows import Windows

BASE = -1
"""In place of a region: the base model serves, without anything that a region owns."""
ENCODED_AT_ONCE = 256
SNAPSHOT, DATE = "genesis", "2000-01-01"
"""Recorded in a region set that nobody keeps."""


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


@dataclass(frozen=True, eq=False)
class Routed:
    """Regions by content, as `raie.routing.router` serves them."""

    regions: RegionSet
    edits: EditParams

    @property
    def n_regions(self) -> int:
        """K, those that edits added included."""
        return len(self.regions)

    def regions_of(self, windows: Windows, encodings: np.ndarray) -> np.ndarray:
        """Row of each sequence's region, (N,) int64, or `BASE` where it lies outside all."""
        routes = route(encodings, self.regions, params=self.edits)
        return np.where(routes.fallback, BASE, routes.region)


def router_of(material: Material, settings: Settings, encodings: np.ndarray) -> Lots | Routed:
    """Build regions of Set-up and edit them by Finetune's ``encodings``, (N, d), or draw lots."""
    n_regions, edits = int(settings["n_regions"]), EditParams(use_radius=bool(settings["use_radius"]))
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
    return Routed(regions, edits)


def _number(name: str, key: bytes) -> int:
    """The same in every process."""
    return int.from_bytes(hashlib.blake2b(name.encode(), key=key, digest_size=8).digest(), "big")
