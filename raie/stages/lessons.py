"""What a night holds for each region: its windows with replay, and where its adapter starts."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from raie.adapters.initialise import initial_state
from raie.adapters.jobs import Job
from raie.adapters.replay import with_replay
from raie.adapters.store import AdapterState, load_adapter
from raie.encodings.memory import Memory
from raie.params import Params
from raie.regions.regionset import RegionSet
from raie.sequences.windows import Windows
from raie.snapshots.digests import text_digest
from raie.stages.artefacts import ASSIGNMENTS, INCOMING, MEMORY


@dataclass(frozen=True)
class Lessons:
    """A night's windows by region, and what the regions bring along.

    Attributes
    ----------
    snapshot : str
        Id of the night.
    given : Windows
        N windows that train something; one that trains two regions is there twice.
    region_ids : (N,) str
        Whom each trains.
    weights : (N,) float64
    memory : Memory
        What the regions received before.
    adapters : Path
        Folder of the adapters before this night.
    """

    snapshot: str
    given: Windows
    region_ids: np.ndarray
    weights: np.ndarray
    memory: Memory
    adapters: Path

    @classmethod
    def load(cls, snapshot: str, decisions: Path, regions: Path, adapters: Path) -> "Lessons":
        """Read the stage ``edit``'s decisions, and regions and adapters as they were before this night."""
        assignments = pd.read_parquet(decisions / ASSIGNMENTS)
        return cls(
            snapshot=snapshot,
            given=Windows.load(decisions / INCOMING),
            region_ids=assignments["region"].to_numpy(dtype=np.str_),
            weights=assignments["weight"].to_numpy(),
            memory=Memory.load(regions / MEMORY),
            adapters=adapters,
        )

    def received(self, region_id: str) -> int:
        """Count a region's new windows."""
        return int((self.region_ids == region_id).sum())

    def job(self, region_id: str, current: RegionSet, params: Params) -> Job:
        """Make a region's share of the night's training."""
        mine, seed = self.region_ids == region_id, self._seed(region_id, params.compute.seed)
        windows, weights = with_replay(
            self.given.take(mine),
            self.weights[mine],
            self.memory.of(region_id).windows,
            replay_ratio=params.adapters.replay_ratio,
            seed=seed,
        )
        return Job(windows, weights, self.beginning(region_id, current, params), seed)

    def beginning(self, region_id: str, current: RegionSet, params: Params) -> AdapterState | None:
        """Where an adapter starts: where it was, an added region's at its parent's; None: at the base."""
        before = self.adapter(region_id)
        if before:
            return load_adapter(before)
        parents = current.parents[current.index(region_id)]
        parent = self.adapter(parents[0]) if parents else None
        return initial_state(params.adapters.initialisation, parent)

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
