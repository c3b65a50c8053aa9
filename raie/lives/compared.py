"""A region against the whole: shares and lifts of its items or genres."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PRIOR = 10.0
"""Sequences that the prior weighs as much as."""
ROUNDING = 1e-9
"""A lift that exceeds 1 by less does so by rounding."""


@dataclass(frozen=True)
class Trait:
    """An item or a genre of a region."""

    id: str
    title: str
    share: float
    """Of the region's sequences that hold the item; of a genre, its mean share of their items."""
    whole: float
    """The same of all sequences."""
    lift: float
    """More here than elsewhere where above 1; see `raie.lives.description`."""

    @property
    def stands_out(self) -> bool:
        """Whether there is more of it here than elsewhere."""
        return self.lift > 1 + ROUNDING


@dataclass(frozen=True, eq=False)
class Compared:
    """How often the items, or genres, of one region stand in its sequences and in all.

    Attributes
    ----------
    here, everywhere : (n,) float64
        Sequences of the region, and of all, that hold each.
    size, total : int
        Number of the region's sequences, and of all.
    ids, titles : (n,) sequences of str
        Of the items or genres.
    """

    here: NDArray[np.float64]
    everywhere: NDArray[np.float64]
    size: int
    total: int
    ids: Sequence[str]
    titles: Sequence[str]

    def by_lift(self, n: int) -> tuple[Trait, ...]:
        """List the ``n`` of the highest lift; ties by share, then by place."""
        rows = np.flatnonzero(self.here)
        return self._listed(rows[np.lexsort((-self.here[rows], -self._lift(rows)))], n)

    def by_share(self, n: int) -> tuple[Trait, ...]:
        """List the ``n`` most frequent; ties by lift, then by place."""
        rows = np.flatnonzero(self.here)
        return self._listed(rows[np.lexsort((-self._lift(rows), -self.here[rows]))], n)

    def _lift(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        expected = self.everywhere[rows] * self.size / self.total
        return np.asarray((self.here[rows] + PRIOR) / (expected + PRIOR))

    def _listed(self, order: NDArray[np.intp], n: int) -> tuple[Trait, ...]:
        rows = order[:n]
        return tuple(
            Trait(
                self.ids[row],
                self.titles[row],
                share=float(self.here[row] / self.size),
                whole=float(self.everywhere[row] / self.total),
                lift=float(lift),
            )
            for row, lift in zip(rows.tolist(), self._lift(rows), strict=True)
        )
