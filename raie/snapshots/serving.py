"""A snapshot as a model: encode, route, score with the region's adapter, or fall back to the base."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from raie.adapters.bank import AdapterBank
from raie.backbones.device import pick_device
from raie.backbones.items import PAD
from raie.backbones.protocol import Backbone
from raie.backbones.store import load_backbone
from raie.encodings.encode import encode
from raie.metrics.ranking import MISS
from raie.params import Params
from raie.regions.regionset import RegionSet
from raie.routing.router import Routes, route
from raie.routing.score import base_ranks, routed_ranks
from raie.sequences.windows import Windows
from raie.snapshots.geometry import load_regions


@dataclass(frozen=True)
class ServedSnapshot:
    """Backbone, regions and adapters of one snapshot, loaded.

    Attributes
    ----------
    backbone : Backbone
    regions : RegionSet
    bank : AdapterBank
        The adapters of ``regions``.
    params : Params
    """

    backbone: Backbone
    regions: RegionSet
    bank: AdapterBank
    params: Params

    @classmethod
    def load(cls, *, backbone: Path, regions: Path, adapters: Path, params: Params) -> "ServedSnapshot":
        """Load a snapshot from its three output folders.

        Raises
        ------
        MissingError
            If a folder is incomplete, or a region has no adapter.
        """
        model, region_set = load_backbone(backbone), load_regions(regions)
        folders = {name: adapters / name for name in region_set.ids}
        device = pick_device(params.compute.device)
        return cls(model, region_set, AdapterBank(model, folders, device=device), params)

    def encode(self, windows: Windows) -> np.ndarray:
        """Encodings of histories, (N, d) float32."""
        size, device = self.params.evaluate.batch_size, pick_device(self.params.compute.device)
        return encode(self.backbone, windows, batch_size=size, device=device)

    def route(self, encodings: np.ndarray) -> Routes:
        """Regions that encodings are routed to."""
        return route(encodings, self.regions, params=self.params.edits)

    def judge(self, windows: Windows) -> "Judged":
        """Rank every window's next item, routed and under the base alone.

        Items newer than the snapshot are unknown to it: it cannot read them, and as labels they are misses,
        as is a window whose whole history is unknown.
        """
        seen = windows.known_up_to(self.backbone.n_items)
        readable = np.flatnonzero((seen.histories != PAD).any(axis=1))
        answered = seen.take(readable)
        routes = self.route(self.encode(answered))
        size = self.params.evaluate.batch_size
        misses = np.full(len(windows), MISS)
        nowhere, unknown = np.full(len(windows), -1), np.full(len(windows), np.nan)
        judged = Judged(misses, misses.copy(), nowhere, unknown)
        judged.routed_ranks[readable] = routed_ranks(
            self.bank, answered, routes, self.regions.ids, batch_size=size
        )
        judged.base_ranks[readable] = base_ranks(self.bank, answered, batch_size=size)
        judged.region[readable] = np.where(routes.fallback, -1, routes.region)
        judged.margin[readable] = routes.margin
        return judged


@dataclass(frozen=True)
class Judged:
    """What became of N windows.

    Attributes
    ----------
    routed_ranks, base_ranks : (N,) int64
        Rank of the next item, from 1, by the region's adapter and by the base alone.
    region : (N,) int64
        Row of the region set whose adapter answered, -1 where the base did.
    margin : (N,) float64
        Posterior of the nearest region less that of the runner-up; NaN where the whole history is unknown.
    """

    routed_ranks: np.ndarray
    base_ranks: np.ndarray
    region: np.ndarray
    margin: np.ndarray
