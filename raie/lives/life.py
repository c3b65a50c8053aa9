"""The life of a region in numbers, folded from its ledger entries."""

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

LIVE = "live"
_ENDS = {"retire": "retired", "end": "ended"}
_SETS = {"construct", "add", "renew", "rollback"}
"""Operations that say what a region weighs, whatever it weighed before."""


@dataclass(frozen=True)
class Life:
    """What became of one region."""

    region: str
    state: str
    """``live``, ``merged into <id>``, ``retired``, or ``ended`` (no region of a retrain goes on as it)."""
    generation: int
    born: str
    """Snapshot that first held it."""
    ended: str | None
    """Snapshot that held it no more; None while it lives."""
    parents: tuple[str, ...]
    """At its birth."""
    updates: int
    """Sequences that updated it."""
    expands: int
    """Sequences that expanded it."""
    last_edit: str
    """Snapshot of its last edit, its end apart; a candidate refused beside it is none."""
    moved: float
    """Length of its center's path: radians of each edit, summed; shown as ``path``."""
    weight: float
    """After its last edit."""
    radius: float
    """Radians, after its last edit."""


def lives(edits: pd.DataFrame) -> list[Life]:
    """Fold ledger entries into one life per region, in order of birth.

    Parameters
    ----------
    edits : DataFrame
        Entries in order, with ``COLUMNS``, as `raie.archive.archive.Archive.edits` gives them.
    """
    told: dict[str, _Telling] = {}
    for entry in map(_Entry._make, zip(*(edits[name].tolist() for name in _Entry._fields), strict=True)):
        told.setdefault(entry.region, _Telling(entry)).take(entry)
        if entry.operation == "merge":
            for parent in entry.parents:
                if parent in told:  # not where the entries are those of one region alone
                    told[parent].end(f"merged into {entry.region}", entry.snapshot)
    return [telling.life for telling in told.values()]


class _Entry(NamedTuple):
    """What counts of a ledger entry."""

    snapshot: str
    generation: int
    operation: str
    region: str
    parents: list[str]
    n_sequences: int
    retained: float
    weight: float
    radius: float
    angle_moved: float


COLUMNS = _Entry._fields
"""Columns of the archive's edits that a life is folded from."""


class _Telling:
    """A life while its entries are read; grouping a frame by region takes far longer."""

    def __init__(self, birth: _Entry) -> None:
        self._birth = self._last = self._edit = birth
        self._sequences: Counter[str] = Counter()
        self._moved = self._weight = 0.0
        self._state: str = LIVE
        self._ended: str | None = None

    def take(self, entry: _Entry) -> None:
        """Go on by an entry whose subject the region is."""
        if entry.operation in _ENDS:
            self.end(_ENDS[entry.operation], entry.snapshot)
            return
        self._state, self._ended, self._last = LIVE, None, entry
        kept = 0.0 if entry.operation in _SETS else entry.retained
        self._weight = kept * self._weight + entry.weight
        if entry.operation != "reject":
            self._edit = entry
            self._sequences[entry.operation] += entry.n_sequences
            # not a number where nothing moved
            self._moved += entry.angle_moved if entry.angle_moved == entry.angle_moved else 0.0

    def end(self, state: str, snapshot: str) -> None:
        """Say how and when the region ended."""
        self._state, self._ended = state, snapshot

    @property
    def life(self) -> Life:
        """The life as of the entries read so far."""
        return Life(
            region=self._birth.region,
            state=self._state,
            generation=self._last.generation,
            born=self._birth.snapshot,
            ended=self._ended,
            parents=tuple(self._birth.parents),
            updates=self._sequences["update"],
            expands=self._sequences["expand"],
            last_edit=self._edit.snapshot,
            moved=self._moved,
            weight=self._weight,
            radius=self._last.radius,
        )
