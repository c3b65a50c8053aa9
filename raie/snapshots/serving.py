"""A snapshot as a model: encode, route, score with the region's adapter, or fall back to the base."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np

from raie.adapters.bank import AdapterBank
from raie.backbones.device import pick_device
from raie.backbones.files import backbone_digest
from raie.backbones.items import PAD
from raie.backbones.protocol import Backbone
from raie.backbones.store import load_backbone
from raie.datastore.datastore import Datastore
from raie.datastore.files import DATASTORE, ODDS
from raie.datastore.interpolation import Answers, Interpolation
from raie.datastore.odds import Odds
from raie.encodings.encode import encode
from raie.encodings.readings import Readings, read_alike
from raie.metrics.ranking import MISS
from raie.params import Params
from raie.regions.regionset import RegionSet
from raie.routing.router import Routes, route
from raie.routing.score import answered_ranks, base_states, routed_ranks, state_ranks
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
    interpolation : Interpolation
        What they answer by beside them.
    params : Params
    encodings, base_states : Readings
        What the frozen backbone made of the windows that were judged.
    """

    backbone: Backbone
    regions: RegionSet
    bank: AdapterBank
    interpolation: Interpolation
    params: Params
    encodings: Readings = field(default_factory=Readings)
    base_states: Readings = field(default_factory=Readings)

    @classmethod
    def load(
        cls,
        *,
        backbone: Path,
        regions: Path,
        adapters: Path,
        params: Params,
        like: "ServedSnapshot | None" = None,
    ) -> "ServedSnapshot":
        """Load a snapshot from its three output folders.

        Where the backbone of ``like`` reads as this one does, the two share what it makes of histories.

        Raises
        ------
        MissingError
            If a folder is incomplete, or a region has no adapter.
        UsageError
            If an adapter belongs to another backbone.
        """
        model, region_set = load_backbone(backbone), load_regions(regions)
        folders = {name: adapters / name for name in region_set.ids}
        device = pick_device(params.compute.device)
        precision, base = params.compute.precision, backbone_digest(backbone)
        bank = AdapterBank(model, folders, base=base, device=device, precision=precision)
        interpolation = _interpolation(region_set, regions, folders)
        if like is None or not read_alike(model, like.backbone):
            return cls(model, region_set, bank, interpolation, params)
        return cls(model, region_set, bank, interpolation, params, like.encodings, like.base_states)

    def encode(self, windows: Windows, *, batch_size: int) -> np.ndarray:
        """Encodings of histories, (N, d) float32, ``batch_size`` at a time."""
        device, precision = pick_device(self.params.compute.device), self.params.compute.precision
        return encode(self.backbone, windows, batch_size=batch_size, device=device, precision=precision)

    def route(self, encodings: np.ndarray) -> Routes:
        """Regions that encodings are routed to."""
        return route(encodings, self.regions, params=self.params.edits)

    @property
    def by_adapters(self) -> "ServedSnapshot":
        """The same snapshot, its regions answering by their adapters alone."""
        return replace(self, interpolation=Interpolation(self.regions.ids, Datastore(), {}))

    def answers(self, encodings: np.ndarray, histories: np.ndarray, routes: Routes) -> Answers | None:
        """What regions have to say to histories, (N, L), beside their adapters; None: nothing."""
        if self.interpolation.is_silent or not len(histories):
            return None
        return self.interpolation.answers(encodings, histories, routes.serving)

    def judge(self, windows: Windows) -> "Judged":
        """Rank every window's next item, routed and under the base alone.

        Items newer than the snapshot are unknown to it: it cannot read them, and as labels they are misses,
        as is a window whose whole history is unknown.
        """
        seen, size = windows.known_up_to(self.backbone.n_items), self.params.evaluate.batch_size
        readable = np.flatnonzero((seen.histories != PAD).any(axis=1))
        answered = seen.take(readable)
        encodings = self.encodings.of(answered, partial(self.encode, batch_size=size))
        routes = self.route(encodings)
        routed = self._ranks(answered, encodings, routes)
        base, adapted = routed.copy(), ~routes.fallback  # all others are the base's already
        others = answered.take(adapted)
        states = self.base_states.of(others, partial(base_states, self.bank, batch_size=size))
        base[adapted] = state_ranks(self.bank, states, others.next_items, batch_size=size)
        misses = np.full(len(windows), MISS)
        nowhere, unknown = np.full(len(windows), -1), np.full(len(windows), np.nan)
        judged = Judged(misses, misses.copy(), nowhere, unknown)
        judged.routed_ranks[readable], judged.base_ranks[readable] = routed, base
        judged.region[readable] = np.where(routes.fallback, -1, routes.region)
        judged.margin[readable] = routes.margin
        return judged

    def _ranks(self, windows: Windows, encodings: np.ndarray, routes: Routes) -> np.ndarray:
        bank, ids, size = self.bank, self.regions.ids, self.params.evaluate.batch_size
        answers = self.answers(encodings, windows.histories, routes)
        if answers is None:
            return routed_ranks(bank, windows, routes, ids, batch_size=size)
        return answered_ranks(bank, windows, answers, routes, ids, batch_size=size)


def _interpolation(regions: RegionSet, folder: Path, adapters: Mapping[str, Path]) -> Interpolation:
    """Datastore and odds as they lie beside regions and adapters; a snapshot may have none of either."""
    odds = {name: own / ODDS for name, own in adapters.items()}
    learnt = {name: Odds.load(path) for name, path in odds.items() if path.is_file()}
    datastore = Datastore.load(folder / DATASTORE, list(learnt), with_users=False)
    return Interpolation(regions.ids, datastore, learnt)


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
