"""What one region saw come next: encodings of histories, each with its next item."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from raie.datastore.files import ENTRIES, USERS
from raie.encodings.memory import Memory
from raie.exceptions import MissingError


@dataclass(frozen=True, eq=False)
class Entries:
    """M entries in time order.

    Attributes
    ----------
    encodings : (M, d) float32
        Unit rows.
    next_items : (M,) int32
    times : (M,) int64
        UTC seconds of the next items, never decreasing.
    user_ids : (M,) str
        Whose each is; none of them where it was loaded to serve.
    """

    encodings: np.ndarray
    next_items: np.ndarray
    times: np.ndarray
    user_ids: np.ndarray

    def __len__(self) -> int:
        return len(self.next_items)

    @classmethod
    def of(cls, given: Memory) -> "Entries":
        """Take the entries that windows make, in whatever order."""
        windows = given.windows
        made = cls(given.encodings, windows.next_items, windows.label_times, windows.user_ids)
        return made.take(np.argsort(windows.label_times, kind="stable"))

    def take(self, selected: np.ndarray | slice) -> "Entries":
        """Return the entries at ``selected``: a boolean mask, a slice, or indices in time order."""
        return Entries(*(getattr(self, field.name)[selected] for field in fields(self)))

    def newest(self, size: int) -> "Entries":
        """Keep the ``size`` newest."""
        return self.take(slice(max(len(self) - size, 0), None))

    def save(self, folder: Path) -> None:
        """Write them into ``folder``, which is created."""
        folder.mkdir(parents=True, exist_ok=True)
        arrays = {name: np.ascontiguousarray(getattr(self, name)) for name in _SERVED}
        save_file(arrays, folder / ENTRIES)
        np.save(folder / USERS, self.user_ids.astype(np.str_), allow_pickle=False)

    @classmethod
    def load(cls, folder: Path, *, with_users: bool) -> "Entries":
        """Read entries written by `save`.

        Raises
        ------
        MissingError
            If a file is missing.
        """
        for name in (ENTRIES, *([USERS] if with_users else [])):
            if not (folder / name).is_file():
                raise MissingError(f"no entries at {folder}: {name} is missing, restore its snapshot")
        arrays = load_file(folder / ENTRIES)
        users = np.load(folder / USERS, allow_pickle=False) if with_users else np.zeros(0, dtype=np.str_)
        encodings, next_items, times = (arrays[name] for name in _SERVED)
        return cls(encodings, next_items, times, users)


def joined(parts: Sequence[Entries]) -> Entries:
    """Put entries together, in time order; those of one second stay in the order given."""
    whole = Entries(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Entries)))
    return whole.take(np.argsort(whole.times, kind="stable"))


_SERVED = ("encodings", "next_items", "times")
