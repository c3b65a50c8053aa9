"""What a night holds for each region: its windows with replay, and where its adapter starts."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from raie.adapters.jobs import Job
from raie.adapters.replay import with_replay
from raie.adapters.store import AdapterState, load_adapter
from raie.datastore.files import ODDS
from raie.datastore.odds import Odds
from raie.encodings.memory import Memory
from raie.params import Params
from raie.regions.regionset import RegionSet
from raie.snapshots.digests import text_digest
from raie.stages.artefacts import ASSIGNMENTS, INCOMING, MEMORY


@dataclass(frozen=True)
class Lessons:
    """A night's windows by region, and what the regions bring along.

    Attributes
    ----------
    snapshot : str
        Id of the night.
    given : Memory
        N windows that train something, with the region that each trains; one that trains two is there twice.
    weights : (N,) float64
    memory : Memory
        What the regions received before.
    adapters : Path
        Folder of the adapters before this night.
    """

    snapshot: str
    given: Memory
    weights: np.ndarray
    memory: Memory
    adapters: Path

    @classmethod
    def load(cls, snapshot: str, decisions: Path, regions: Path, adapters: Path) -> "Lessons":
        """Read the stage ``edit``'s decisions, and regions and adapters as they were before this night."""
        return cls(
            snapshot=snapshot,
            given=Memory.load(decisions / INCOMING),
            weights=pd.read_parquet(decisions / ASSIGNMENTS, columns=["weight"])["weight"].to_numpy(),
            memory=Memory.load(regions / MEMORY),
            adapters=adapters,
        )

    def received(self, region_id: str) -> int:
        """Count a region's new windows."""
        return int((self.given.region_ids == region_id).sum())

    def given_to(self, region_id: str) -> tuple[Memory, np.ndarray]:
        """A region's new windows, and their weights."""
        mine = self.given.region_ids == region_id
        return self.given.take(mine), self.weights[mine]

    def job(self, region_id: str, current: RegionSet, params: Params) -> Job:
        """Make a region's share of the night's training."""
        seed, (given, given_weights) = self._seed(region_id, params.compute.seed), self.given_to(region_id)
        windows, weights = with_replay(
            given.windows,
            given_weights,
            self.memory.of(region_id).windows,
            replay_ratio=params.adapters.replay_ratio,
            seed=seed,
        )
        return Job(windows, weights, self.beginning(region_id, current, params), seed)

    def start(self, region_id: str, current: RegionSet, params: Params) -> Path | None:
        """Folder of what a region starts from: its own, an added one's its parent's; None: the base."""
        before = self.adapter(region_id)
        if before or params.adapters.initialisation == "base":
            return before
        parents = current.parents[current.index(region_id)]
        return self.adapter(parents[0]) if parents else None

    def beginning(self, region_id: str, current: RegionSet, params: Params) -> AdapterState | None:
        """The adapter that it starts from; None: a fresh one."""
        folder = self.start(region_id, current, params)
        return load_adapter(folder) if folder else None

    def odds(self, region_id: str, current: RegionSet, params: Params) -> Odds | None:
        """The odds that it starts from; None where none were learnt yet."""
        folder = self.start(region_id, current, params)
        return Odds.load(folder / ODDS) if folder and (folder / ODDS).is_file() else None

    def adapter(self, region_id: str) -> Path | None:
        """Folder of a region's adapter, None where it had none."""
        folder = self.adapters / region_id
        return folder if folder.is_dir() else None

    def any_adapter(self) -> Path | None:
        """Folder of some adapter of the generation."""
        return next(iter(sorted(self.adapters.glob("*/"))), None)

    def _seed(self, region_id: str, seed: int) -> int:
        """A seed of its own for every region and night, or all would draw the same places and masks."""
        digest = text_digest(f"{seed} {self.snapshot} {region_id}")
        return int(digest[:8], 16)
