"""What regions remember: what came next where a region's windows are most like a sequence.

After nearest-neighbour language models (Khandelwal et al. 2020). There neighbours get a fixed share of the
mixture. Here the model's distribution is a Dirichlet prior and every neighbour a count by its likeness, so
that where nothing alike was seen the model speaks alone; and a region learns how far to trust its memory.
A sequence reads the memories of its nearest regions alone: it costs their size, and what others remember
cannot reach it.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields

import numpy as np
import torch
from torch import Tensor

from raie.sequences.windows import Windows

N_NEIGHBOURS = 64
AT_ONCE = 512
"""Sequences whose likeness to all of a region's windows is held at a time."""
DECIMALS = 5
"""Of a cosine: what differs less is alike, and of windows alike the newest are taken."""


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Of each of B sequences the N windows of its region most like it; fewer where it has fewer.

    Attributes
    ----------
    cosines : (B, N) float32
        Minus infinity where there is no window.
    items : (B, N) int64
        What came next.
    repeats : (B, N) bool
        Whether that item stands in the sequence's own history.
    """

    cosines: Tensor
    items: Tensor
    repeats: Tensor

    def __len__(self) -> int:
        return len(self.cosines)

    def take(self, chosen: np.ndarray) -> "Neighbours":
        """Return the neighbours of the sequences at ``chosen``."""
        return Neighbours(*(getattr(self, field.name)[chosen] for field in fields(self)))

    def after(self, n_without: int) -> "Neighbours":
        """Return these after ``n_without`` sequences that have none."""
        nobody = (torch.full_like(self.cosines[:1], -torch.inf), self.items[:1] * 0, self.repeats[:1] & False)
        own = (getattr(self, field.name) for field in fields(self))
        return Neighbours(
            *(torch.cat([none.expand(n_without, -1), each]) for none, each in zip(nobody, own, strict=True))
        )


@dataclass(frozen=True, eq=False)
class Memory:
    """Windows of all regions with what came next, in time order.

    Attributes
    ----------
    encodings : (M, d) float32
        Unit rows.
    next_items : (M,) int
    regions : (M,) int
        Row of the region that received each window.
    """

    encodings: np.ndarray
    next_items: np.ndarray
    regions: np.ndarray

    def neighbours(self, windows: Windows, encodings: np.ndarray, reach: np.ndarray) -> Neighbours:
        """Find the neighbours of B sequences.

        Parameters
        ----------
        windows : Windows
        encodings : (B, d) float32
            Unit rows.
        reach : (B, K) bool
            Regions whose memories each reads.
        """
        return self._found(windows, encodings, reach, np.full(len(windows), len(self.regions)))

    def own_neighbours(self, windows: Windows, reach: np.ndarray) -> Neighbours:
        """Find the neighbours of the newest of the memory's own windows among those before each."""
        newest = slice(len(self.regions) - len(windows), None)
        until = np.arange(len(self.regions))[newest]
        return self._found(windows, self.encodings[newest], reach, until)

    def added_to(self, before: "Memory", again: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> "Memory":
        """Return what was remembered before and this.

        Parameters
        ----------
        before : Memory
        again : callable
            From encodings and the regions that received them to the regions where they belong by now.
        """
        return Memory(
            np.concatenate([before.encodings, self.encodings]),
            np.concatenate([before.next_items, self.next_items]),
            np.concatenate([again(before.encodings, before.regions), self.regions]),
        )

    def restored(self, former: "Memory", region: int, former_region: int) -> "Memory":
        """One region's windows as in ``former``, which this memory was added to, those of others as they are.

        Time order stays: what was remembered before lies at the same places here.
        """
        kept = np.flatnonzero(self.regions != region)
        back = np.flatnonzero(former.regions == former_region)
        order = np.argsort(np.concatenate([kept, back]), kind="stable")
        return Memory(
            np.concatenate([self.encodings[kept], former.encodings[back]])[order],
            np.concatenate([self.next_items[kept], former.next_items[back]])[order],
            np.concatenate([self.regions[kept], np.full(len(back), region)])[order],
        )

    def _found(
        self, windows: Windows, encodings: np.ndarray, reach: np.ndarray, until: np.ndarray
    ) -> Neighbours:
        cosines = torch.full((len(windows), N_NEIGHBOURS), -torch.inf)
        items = torch.zeros(len(windows), N_NEIGHBOURS, dtype=torch.int64)
        for alike in _groups(reach):
            known = np.flatnonzero(reach[alike[0]][self.regions])
            for first in range(0, len(alike), AT_ONCE):
                rows = alike[first : first + AT_ONCE]
                found = self._nearest(encodings[rows], until[rows], known)
                cosines[rows, : found[0].shape[1]], items[rows, : found[1].shape[1]] = found
        histories = torch.as_tensor(windows.histories.astype(np.int64))
        repeats = torch.stack([(items == place[:, None]) for place in histories.T]).any(dim=0)
        return Neighbours(cosines, items, repeats)

    def _nearest(self, encodings: np.ndarray, until: np.ndarray, known: np.ndarray) -> tuple[Tensor, Tensor]:
        """Cosines and next items of the nearest of ``known`` that come before ``until``."""
        known = known[known < until.max(initial=0)]
        cosines = np.round(encodings @ self.encodings[known].T, DECIMALS).astype(np.float64)
        cosines[known[None] >= until[:, None]] = -np.inf
        age = np.linspace(10.0 ** -(DECIMALS + 1), 0, len(known))
        nearest = torch.as_tensor(cosines - age).topk(min(N_NEIGHBOURS, len(known)), dim=1).indices
        labels = torch.as_tensor(self.next_items[known].astype(np.int64))
        return torch.as_tensor(cosines).gather(1, nearest).float(), labels[nearest]


def _groups(reach: np.ndarray) -> list[np.ndarray]:
    """Rows that read the same memories, without those that read none."""
    kinds, of_row = np.unique(reach, axis=0, return_inverse=True)
    return [np.flatnonzero(of_row == number) for number, kind in enumerate(kinds) if kind.any()]
