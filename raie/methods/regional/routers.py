"""Which region a sequence belongs to: by content, or by lot as the control has it."""

import hashlib
from dataclasses import dataclass, replace

import numpy as np
from torch import Tensor

from raie.datastore.base import BASE
from raie.encodings.encode import encode
from raie.methods.contract import Material
from raie.methods.regional.edited import Edited, carried, constructed, edited, restored
from raie.methods.regional.form import Form
from raie.params import EditParams
from raie.regions.posterior import region_posterior
from raie.regions.regionset import RegionSet
from raie.routing.router import route
from raie.sequences.windows import Windows

ENCODED_AT_ONCE = 256


@dataclass(frozen=True, eq=False)
class Lots:
    """The control: every sequence's region is drawn."""

    n_regions: int
    seed: int

    @property
    def ids(self) -> tuple[str, ...]:
        """Names of the regions, row by row."""
        return tuple(map(str, range(self.n_regions)))

    def known_of(self, region: str) -> list[np.ndarray]:
        """Nothing: lots know of no region where it lies."""
        return []

    def restored(self, former: "Router", region: str) -> "Lots":
        """Bring back where a region lay: it never moved."""
        return self

    def regions_of(self, windows: Windows, encodings: np.ndarray) -> np.ndarray:
        """Draw a region for each, (N,) int64, by user, newest event's time and seed alone."""
        key, newest = str(self.seed).encode(), windows.history_times[:, -1].tolist()
        named = (f"{user} {time}" for user, time in zip(windows.user_ids.tolist(), newest, strict=True))
        return np.array([_number(name, key) % self.n_regions for name in named], dtype=np.int64)

    def reach(self, encodings: np.ndarray, homes: np.ndarray, n: int) -> np.ndarray:
        """Regions whose memories each sequence reads, (N, K) bool: its own and those drawn after it."""
        after = (np.arange(self.n_regions) - homes[:, None]) % self.n_regions
        return np.asarray(after < n)

    def again(self, encodings: np.ndarray, regions: np.ndarray) -> np.ndarray:
        """Where windows belong that were in these regions before, (N,) int64: once drawn, it stays."""
        return regions

    def carried(self, fresh: Tensor, former: Tensor, before: "Router") -> Tensor:
        """Rows that regions go on from, (K, P): their own."""
        return former


@dataclass(frozen=True, eq=False)
class Routed:
    """Regions by content, as `raie.routing.router` serves them."""

    state: Edited
    edits: EditParams
    fall_back: bool
    """Whether the base serves what lies outside every region; else the nearest region does."""

    @property
    def regions(self) -> RegionSet:
        """As they are now."""
        return self.state.regions

    @property
    def ids(self) -> tuple[str, ...]:
        """Names of the regions, row by row; a name stays with its region."""
        return self.regions.ids

    def known_of(self, region: str) -> list[np.ndarray]:
        """Where a region lies and the sample it is judged by: resultant, count, radius, encodings."""
        row, regions = self.regions.index(region), self.regions
        numbers = np.array([regions.counts_[row], regions.radii_[row]])
        return [regions.resultants_[row], numbers, self.state.memory.of(region).encodings]

    def restored(self, former: "Router", region: str) -> "Routed":
        """Bring back where a region lay, see `raie.methods.regional.edited.restored`."""
        assert isinstance(former, Routed)
        return replace(self, state=restored(self.state, former.state, region))

    @property
    def n_regions(self) -> int:
        """K, those that edits added included."""
        return len(self.regions)

    def regions_of(self, windows: Windows, encodings: np.ndarray) -> np.ndarray:
        """Row of each sequence's region, (N,) int64, or `BASE` where it lies outside all."""
        routes = route(encodings, self.regions, params=self.routing)
        return np.where(routes.fallback, BASE, routes.region)

    def reach(self, encodings: np.ndarray, homes: np.ndarray, n: int) -> np.ndarray:
        """Regions whose memories each sequence reads, (N, K) bool: the n likeliest, its own among them."""
        sharpness, own = self.edits.posterior_sharpness, np.arange(self.n_regions) == homes[:, None]
        likely = region_posterior(encodings, self.regions, sharpness=sharpness).probabilities
        order = np.argsort(np.argsort(-(likely + 2 * own), axis=1), axis=1)
        return np.asarray((order < n) & (homes != BASE)[:, None])

    def runners_up(self, encodings: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Second region of each, (N,) int64, and the first's share of the two posteriors, (N,)."""
        nearest = region_posterior(encodings, self.regions, sharpness=self.edits.posterior_sharpness)
        first = nearest.probabilities[np.arange(len(encodings)), nearest.region]
        return nearest.runner_up, first / (2 * first - nearest.margin)

    @property
    def routing(self) -> EditParams:
        """Thresholds of serving, which may differ from those of edits in one."""
        return self.edits.model_copy(update={"use_radius": self.fall_back})

    def again(self, encodings: np.ndarray, regions: np.ndarray) -> np.ndarray:
        """Where windows belong that were in these regions before, (N,) int64: each to the nearest by now."""
        return route(encodings, self.regions, params=self.routing).region

    def carried(self, fresh: Tensor, former: Tensor, before: "Router") -> Tensor:
        """Rows that regions go on from, (K, P), see `raie.methods.regional.edited.carried`."""
        assert isinstance(before, Routed)
        return carried(fresh, self.regions, former, before.regions)


Router = Lots | Routed


def router_of(material: Material, form: Form, encodings: np.ndarray, before: Router | None) -> Router:
    """Edit the regions before, or those of Set-up, by Finetune's ``encodings``, (N, d); or draw lots."""
    router = before or _first(material, form)
    if isinstance(router, Lots) or not form.edits:
        return router
    state = edited(router.state, material.finetune, encodings, params=router.edits, seed=material.seed)
    return replace(router, state=state)


def _first(material: Material, form: Form) -> Router:
    if form.by_lot:
        return Lots(form.n_regions, material.seed)
    learnt = encode(material.backbone, material.setup, batch_size=ENCODED_AT_ONCE)
    state = constructed(material.setup, learnt, n_regions=form.n_regions, seed=material.seed)
    return Routed(state, form.thresholds, form.fall_back)


def _number(name: str, key: bytes) -> int:
    """The same in every process."""
    return int.from_bytes(hashlib.blake2b(name.encode(), key=key, digest_size=8).digest(), "big")
