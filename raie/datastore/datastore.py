"""The datastore: the newest of what every region saw come next.

A region's entries are files of their own: a night writes those of the regions that received something, and
all others keep their bytes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from raie.datastore.entries import Entries, joined
from raie.encodings.memory import Memory


@dataclass(frozen=True)
class Datastore:
    """Entries by region; a region that saw nothing has none.

    Attributes
    ----------
    entries : mapping of str to Entries
    """

    entries: Mapping[str, Entries] = field(default_factory=dict)

    def renamed(self, successors: Mapping[str, str], living: Sequence[str]) -> "Datastore":
        """Hand merged regions' entries to their successors and drop those of regions that are gone."""
        parts: dict[str, list[Entries]] = {}
        for name, mine in self.entries.items():
            parts.setdefault(successors.get(name, name), []).append(mine)
        return Datastore({name: _joined(parts[name]) for name in living if name in parts})

    def received(self, given: Memory, *, size: int) -> "Datastore":
        """Add what regions received, and keep the ``size`` newest of each; 0 keeps none.

        Of a region that received nothing every entry stays, and nothing is written anew.
        """
        if not size:
            return Datastore()
        entries = dict(self.entries)
        for name in dict.fromkeys(given.region_ids.tolist()):
            parts = [entries[name]] if name in entries else []
            entries[name] = joined([*parts, Entries.of(given.of(name))]).newest(size)
        return Datastore(entries)

    def restored(self, region: str, former: "Datastore") -> "Datastore":
        """Take one region's entries back from ``former``."""
        others = {name: mine for name, mine in self.entries.items() if name != region}
        back = {region: former.entries[region]} if region in former.entries else {}
        return Datastore(others | back)

    def without(self, is_gone: Callable[[list[str]], np.ndarray]) -> "Datastore":
        """Drop the entries of users that are gone, as ``is_gone`` tells of user ids: (M,) bool."""
        return Datastore(
            {name: mine.take(~is_gone(mine.user_ids.tolist())) for name, mine in self.entries.items()}
        )

    def save(self, folder: Path) -> None:
        """Write a folder for each region into ``folder``, which is created."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, mine in self.entries.items():
            if len(mine):
                mine.save(folder / name)

    @classmethod
    def load(cls, folder: Path, region_ids: Sequence[str], *, with_users: bool = True) -> "Datastore":
        """Read the entries of regions; there is nothing where a snapshot kept none.

        Raises
        ------
        MissingError
            If a region's entries are not whole.
        """
        there = [name for name in region_ids if (folder / name).is_dir()]
        return cls({name: Entries.load(folder / name, with_users=with_users) for name in there})


def _joined(parts: Sequence[Entries]) -> Entries:
    return parts[0] if len(parts) == 1 else joined(parts)
