"""Encoded windows and the region each belongs to: a region's bounded memory, and the pool."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from raie.exceptions import MissingError
from raie.sequences.windows import Windows, concatenate

_ENCODINGS = "encodings.npy"
_REGIONS = "regions.npy"


@dataclass(frozen=True)
class Memory:
    """Windows with their encodings and regions.

    Attributes
    ----------
    windows : Windows
        N windows.
    encodings : (N, d) float32
        Unit rows.
    region_ids : (N,) str
        Empty text where a window belongs to no region yet (the pool).
    """

    windows: Windows
    encodings: np.ndarray
    region_ids: np.ndarray

    def __len__(self) -> int:
        return len(self.windows)

    def take(self, selected: np.ndarray) -> "Memory":
        """Return the rows at ``selected``: indices in any order, or a boolean mask."""
        return Memory(self.windows.take(selected), self.encodings[selected], self.region_ids[selected])

    def of(self, region_id: str) -> "Memory":
        """Return what belongs to one region."""
        return self.take(self.region_ids == region_id)

    def renamed(self, successors: Mapping[str, str], living: tuple[str, ...]) -> "Memory":
        """Hand merged regions' rows to their successors and drop those of regions that are gone."""
        names = [successors.get(name, name) for name in self.region_ids.tolist()]
        renamed = Memory(self.windows, self.encodings, np.array(names, dtype=np.str_))
        return renamed.take(np.isin(renamed.region_ids, list(living)))

    def bounded(self, size: int) -> "Memory":
        """Keep at most ``size`` rows per region, a uniform sample of all it was ever given.

        Every window has a fixed pseudo-random priority; the lowest stay. So the sample does not depend on
        how the windows were spread over nights, and a night needs only the memory of the night before.
        """
        order = np.argsort(_priorities(self.windows), kind="stable")
        place = pd.Series(self.region_ids[order].astype(object)).groupby(self.region_ids[order]).cumcount()
        return self.take(np.sort(order[place.to_numpy() < size]))

    def save(self, folder: Path) -> None:
        """Write the rows into ``folder``, which is created."""
        self.windows.save(folder)
        np.save(folder / _ENCODINGS, self.encodings, allow_pickle=False)
        np.save(folder / _REGIONS, self.region_ids, allow_pickle=False)

    @classmethod
    def load(cls, folder: Path) -> "Memory":
        """Read rows written by `save`.

        Raises
        ------
        MissingError
            If a file is missing.
        """
        windows = Windows.load(folder)
        for name in (_ENCODINGS, _REGIONS):
            if not (folder / name).is_file():
                raise MissingError(f"no memory at {folder}: {name} is missing, restore its snapshot")
        encodings = np.load(folder / _ENCODINGS, allow_pickle=False)
        return cls(windows, encodings, np.load(folder / _REGIONS, allow_pickle=False))


def joined(first: Memory, second: Memory) -> Memory:
    """Rows of ``first``, then those of ``second``."""
    return Memory(
        concatenate([first.windows, second.windows]),
        np.concatenate([first.encodings, second.encodings]),
        np.concatenate([first.region_ids, second.region_ids]),
    )


def _priorities(windows: Windows) -> np.ndarray:
    columns = {
        "user": windows.user_ids.astype(object),
        "time": windows.label_times,
        "item": windows.next_items,
    }
    hashed = pd.util.hash_pandas_object(pd.DataFrame(columns), index=False)
    return np.asarray(hashed, dtype=np.uint64)
