"""The chronicle: everything the page shows, gathered once from tags and archive."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from raie.lives.description import Description
from raie.regions.regionset import RegionSet


@dataclass(frozen=True, eq=False)
class Members:
    """Some of what a generation's first snapshot remembers.

    Attributes
    ----------
    encodings : (N, d) float32
    regions : (N,) str
    """

    encodings: np.ndarray
    regions: np.ndarray


@dataclass(frozen=True, eq=False)
class Chronicle:
    """Nights in order up to one snapshot, and the regions as of each.

    Attributes
    ----------
    nights : DataFrame
        `Archive.snapshots` up to `as_of`, refused candidates among them; the index is the place on every
        axis of time.
    edits, metrics, training, gates : DataFrame
        Of the archive.
    sets : dict of str to RegionSet
        By snapshot, from replaying the ledger.
    restored : dict of str to (str, str or None)
        By ref of a rollback, the snapshot that it went back to, and the one region, or None for all.
    members : dict of int to Members
        By generation; a generation whose memory is not at hand is missing.
    descriptions : dict of str to Description
        By region; one that cannot be described is missing.
    """

    nights: pd.DataFrame
    edits: pd.DataFrame
    metrics: pd.DataFrame
    training: pd.DataFrame
    gates: pd.DataFrame
    sets: Mapping[str, RegionSet]
    restored: Mapping[str, tuple[str, str | None]] = field(default_factory=dict)
    members: Mapping[int, Members] = field(default_factory=dict)
    descriptions: Mapping[str, Description] = field(default_factory=dict)

    @property
    def as_of(self) -> str:
        """The newest snapshot among the nights."""
        return str(self.promoted["snapshot"].iloc[-1])

    @property
    def promoted(self) -> pd.DataFrame:
        """Nights that became snapshots."""
        return self.nights[self.nights["status"] != "refused"]

    @property
    def days(self) -> list[str]:
        """What an axis calls each night: its snapshot's id; a refused candidate's date where that is free."""
        promoted = set(self.promoted["snapshot"])
        rows = zip(self.nights["snapshot"], self.nights["date"], self.nights["status"], strict=True)
        return [
            str(name) if status != "refused" else "" if date in promoted else str(date)
            for name, date, status in rows
        ]

    @property
    def in_force(self) -> list[str | None]:
        """The champion after each night; a refused candidate leaves the one before it."""
        promoted = self.nights["snapshot"].where(self.nights["status"] != "refused")
        return [None if pd.isna(each) else str(each) for each in promoted.ffill()]

    @property
    def spaces(self) -> list[int | None]:
        """Generation of the champion after each night; a rollback may lead back to an earlier one."""
        promoted = self.nights["generation"].where(self.nights["status"] != "refused")
        return [None if pd.isna(each) else int(each) for each in promoted.ffill()]

    @property
    def places(self) -> dict[str, int]:
        """Place on the axis of time of every snapshot."""
        promoted = self.promoted
        return dict(zip(promoted["snapshot"], (int(place) for place in promoted.index), strict=True))
