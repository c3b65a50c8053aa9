"""Which integer stands for which item: an index that only ever grows at its end."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from raie.exceptions import MissingError, UsageError

PAD = 0
"""Index of padding and of every unknown item; real items count from 1."""


@dataclass(frozen=True)
class Vocabulary:
    """Items in the order in which they first appeared; ``items[i]`` has index ``i + 1``.

    Attributes
    ----------
    items : tuple of str
        Distinct item ids.

    Raises
    ------
    UsageError
        If an item id occurs twice.
    """

    items: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self._index.is_unique:
            twice = self._index[self._index.duplicated()][0]
            raise UsageError(f"item {twice!r} stands twice in the vocabulary: each item has one index")

    def __len__(self) -> int:
        return len(self.items)

    @cached_property
    def _index(self) -> pd.Index:
        return pd.Index(self.items, dtype="str")

    def extend(self, item_ids: Iterable[str]) -> "Vocabulary":
        """Append the unknown ones of ``item_ids`` in order of first appearance."""
        known = set(self.items)
        new = [item for item in dict.fromkeys(map(str, item_ids)) if item not in known]
        return Vocabulary(self.items + tuple(new)) if new else self

    def indices(self, item_ids: Iterable[str]) -> np.ndarray:
        """Look up items: (N,) int32, ``PAD`` where an item is unknown."""
        wanted = pd.Index(list(map(str, item_ids)), dtype="str")
        return np.asarray(self._index.get_indexer(wanted) + 1, dtype=np.int32)

    def save(self, path: Path) -> None:
        """Write the item ids as JSON, in index order."""
        path.write_text(
            json.dumps({"items": self.items}, ensure_ascii=False, indent=0) + "\n", encoding="utf-8"
        )

    @classmethod
    def load(cls, path: Path) -> "Vocabulary":
        """Read a vocabulary written by `save`.

        Raises
        ------
        MissingError
            If ``path`` does not exist.
        """
        if not path.is_file():
            raise MissingError(f"no vocabulary at {path}: run the stage that builds sequences first")
        return cls(tuple(json.loads(path.read_text(encoding="utf-8"))["items"]))
