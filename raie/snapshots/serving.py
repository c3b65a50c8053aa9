"""A snapshot as a model: encode, route, score with the region's adapter, or fall back to the base."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from raie.adapters.bank import AdapterBank
from raie.backbones.device import pick_device
from raie.backbones.protocol import Backbone
from raie.backbones.store import load_backbone
from raie.encodings.encode import encode
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

    def known(self, windows: Windows) -> Windows:
        """Windows as this snapshot sees them: items newer than it are unknown, empty histories left out."""
        seen = windows.known_up_to(self.backbone.n_items)
        return seen.take((seen.histories != 0).any(axis=1))

    def encode(self, windows: Windows) -> np.ndarray:
        """Encodings of histories, (N, d) float32."""
        size, device = self.params.evaluate.batch_size, pick_device(self.params.compute.device)
        return encode(self.backbone, windows, batch_size=size, device=device)

    def route(self, encodings: np.ndarray) -> Routes:
        """Regions that encodings are routed to."""
        return route(encodings, self.regions, params=self.params.edits)

    def ranks(self, windows: Windows, routes: Routes) -> np.ndarray:
        """Rank of each window's next item under its region's adapter, (N,) from 1."""
        size = self.params.evaluate.batch_size
        return routed_ranks(self.bank, windows, routes, self.regions.ids, batch_size=size)

    def base_ranks(self, windows: Windows) -> np.ndarray:
        """Rank of each window's next item under the frozen base, (N,) from 1."""
        return base_ranks(self.bank, windows, batch_size=self.params.evaluate.batch_size)
