"""Which sequences hold which items, and which items carry which genres."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from raie.lives.itemtable import Items

Floats = NDArray[np.float64]


class Sums(NamedTuple):
    """Sums over sequences, per item index."""

    n: Floats
    """How many hold the item."""
    shares: Floats
    """The item's shares of their items."""


@dataclass(frozen=True, eq=False)
class Held:
    """The items of N sequences, each item of a sequence once.

    Attributes
    ----------
    items : (N, L) int
        Item indices, 0 where there is none.
    n_items : int
        One more than the highest index.
    """

    items: NDArray[np.integer[Any]]
    n_items: int

    @classmethod
    def of(cls, sequences: NDArray[np.integer[Any]], n_items: int) -> "Held":
        """Drop what a sequence repeats."""
        ordered = np.sort(sequences, axis=1)
        ordered[:, 1:][ordered[:, 1:] == ordered[:, :-1]] = 0
        return cls(ordered, n_items)

    def sums(self, rows: NDArray[np.intp]) -> Sums:
        """Sum over some of the sequences."""
        items = self.items[rows]
        real = items > 0
        share = np.repeat(1.0 / np.maximum(real.sum(axis=1), 1), real.sum(axis=1))
        flat = items[real]
        n = np.bincount(flat, minlength=self.n_items).astype(np.float64)
        return Sums(n, np.bincount(flat, weights=share, minlength=self.n_items).astype(np.float64))


@dataclass(frozen=True, eq=False)
class Carried:
    """Which items carry which genres: pairs of an item's index and a genre's.

    Attributes
    ----------
    genres : tuple of str
        By name.
    of_item, of_genre : (n,) int64
        The pairs.
    """

    genres: tuple[str, ...]
    of_item: NDArray[np.int64]
    of_genre: NDArray[np.int64]

    @classmethod
    def of(cls, ids: Sequence[str], items: Items) -> "Carried":
        """Look up the genres of item ids, which stand in the order of their indices."""
        pairs = [(row, genre) for row, item in enumerate(ids) for genre in items.genres.get(item, ())]
        genres = tuple(sorted({genre for _, genre in pairs}))
        place = {genre: at for at, genre in enumerate(genres)}
        of_item = np.array([row for row, _ in pairs], dtype=np.int64)
        return cls(genres, of_item, np.array([place[genre] for _, genre in pairs], dtype=np.int64))

    def sums(self, of_items: Floats) -> Floats:
        """Sum what items have over the genres that they carry: (number of genres,)."""
        weights = of_items[self.of_item]
        return np.bincount(self.of_genre, weights=weights, minlength=len(self.genres)).astype(np.float64)
