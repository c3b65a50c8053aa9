"""What the stage edit was asked for, and the state that it edits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from raie.datastore.datastore import Datastore
from raie.datastore.files import DATASTORE
from raie.edits.edit import Edit
from raie.edits.fold import fold
from raie.encodings.memory import Memory
from raie.interactions.erased import is_erased
from raie.params import Params
from raie.regions.regionset import RegionSet
from raie.snapshots.geometry import load_regions, save_regions
from raie.snapshots.night import Night
from raie.stages.artefacts import MEMORY, POOL


@dataclass(frozen=True)
class EditRun:
    """One call of the stage.

    Attributes
    ----------
    date : str
        ISO date of the run.
    previous, restored : Path
        Regions of the previous snapshot, and of an earlier one where the run goes back to it.
    regions, decisions : Path
        Where it writes.
    """

    params: Params
    night: Night
    date: str
    previous: Path
    restored: Path
    regions: Path
    decisions: Path

    def fold(self, before: RegionSet, edits: Sequence[Edit]) -> RegionSet:
        """The region set after edits of this run."""
        return fold(before, edits, snapshot=self.night.snapshot, date=self.date)


@dataclass(frozen=True)
class State:
    """A region set, samples of what its regions received, what waits in the pool, and what regions saw."""

    regions: RegionSet
    memory: Memory
    pool: Memory
    datastore: Datastore

    @classmethod
    def load(cls, folder: Path, erasure: Sequence[str]) -> "State":
        """Read a snapshot's regions, without the windows of erased users."""
        regions, gone = load_regions(folder), partial(is_erased, erasure=erasure)
        memory, pool = (_without(Memory.load(folder / name), gone) for name in (MEMORY, POOL))
        datastore = Datastore.load(folder / DATASTORE, regions.ids)
        return cls(regions, memory, pool, datastore.without(gone) if erasure else datastore)

    def save(self, folder: Path) -> None:
        """Write it where `load` reads it."""
        save_regions(self.regions, folder)
        self.memory.save(folder / MEMORY)
        self.pool.save(folder / POOL)
        self.datastore.save(folder / DATASTORE)

    def become(self, regions: RegionSet) -> "State":
        """The same windows under another region set."""
        return replace(self, regions=regions)


def _without(windows: Memory, is_gone: Callable[[list[str]], np.ndarray]) -> Memory:
    return windows.take(~is_gone(windows.windows.user_ids.tolist()))
