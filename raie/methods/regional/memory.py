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

from raie.methods.regional.reading import Read, joined
from raie.sequences.windows import Windows

N_NEIGHBOURS = 64
AT_ONCE = 512
"""Sequences whose likeness to all of a region's windows is held at a time."""
RESOLUTION = 1e-5
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
    """What came next after the histories of all regions, in time order.

    Attributes
    ----------
    read : Read
        M histories as the frozen backbone reads them.
    next_items : (M,) int
    times : (M,) int64
        UTC seconds at which it came, never decreasing.
    regions : (M,) int
        Row of the region that received each.
    """

    read: Read
    next_items: np.ndarray
    times: np.ndarray
    regions: np.ndarray

    def neighbours(self, windows: Windows, read: Read, reach: np.ndarray) -> Neighbours:
        """Find the neighbours of B sequences.

        Parameters
        ----------
        windows : Windows
        read : Read
            Their histories.
        reach : (B, K) bool
            Regions whose memories each reads.
        """
        return self._found(windows, read, reach, np.full(len(windows), len(self.regions)))

    def earlier_neighbours(self, windows: Windows, read: Read, reach: np.ndarray) -> Neighbours:
        """Find the neighbours of windows among what came before the second of each label."""
        return self._found(windows, read, reach, np.searchsorted(self.times, windows.label_times))

    def added_to(self, before: "Memory", again: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> "Memory":
        """Return what was remembered before and this.

        Parameters
        ----------
        before : Memory
        again : callable
            From encodings and the regions that received them to the regions where they belong by now.
        """
        return Memory(
            joined([before.read, self.read]),
            np.concatenate([before.next_items, self.next_items]),
            np.concatenate([before.times, self.times]),
            np.concatenate([again(before.read.encodings, before.regions), self.regions]),
        )

    def restored(self, former: "Memory", region: int, former_region: int) -> "Memory":
        """One region's as in ``former``, which this memory was added to, those of others as they are.

        Time order stays: what was remembered before lies at the same places here.
        """
        kept = np.flatnonzero(self.regions != region)
        back = np.flatnonzero(former.regions == former_region)
        order = np.argsort(np.concatenate([kept, back]), kind="stable")
        return Memory(
            joined([self.read.take(kept), former.read.take(back)]).take(order),
            np.concatenate([self.next_items[kept], former.next_items[back]])[order],
            np.concatenate([self.times[kept], former.times[back]])[order],
            np.concatenate([self.regions[kept], np.full(len(back), region)])[order],
        )

    def _found(self, windows: Windows, read: Read, reach: np.ndarray, until: np.ndarray) -> Neighbours:
        cosines = torch.full((len(windows), N_NEIGHBOURS), -torch.inf)
        items = torch.zeros(len(windows), N_NEIGHBOURS, dtype=torch.int64)
        for alike in _groups(reach):
            known = np.flatnonzero(reach[alike[0]][self.regions])
            keys, labels = (torch.as_tensor(each[known]) for each in (self.read.keys, self.next_items))
            for first in range(0, len(alike), AT_ONCE):
                rows = alike[first : first + AT_ONCE]
                n_known = torch.as_tensor(np.searchsorted(known, until[rows]))
                found, nearest = _nearest(torch.as_tensor(read.keys[rows]), keys, n_known)
                cosines[rows, : found.shape[1]], items[rows, : found.shape[1]] = found, labels[nearest].long()
        histories = torch.as_tensor(windows.histories.astype(np.int64))
        repeats = torch.stack([(items == place[:, None]) for place in histories.T]).any(dim=0)
        return Neighbours(cosines, items, repeats)


def _nearest(keys: Tensor, known: Tensor, n_known: Tensor) -> tuple[Tensor, Tensor]:
    """Cosines and places of the nearest of ``known``, (M, D), of which each of B knows the first so many."""
    most = int(n_known.max())
    steps = torch.mm(keys, known[:most].T).div_(RESOLUTION).round_().double()
    steps -= torch.linspace(1, 0, most + 1)[1:]  # the newest of those alike first
    if int(n_known.min()) < most:
        steps.masked_fill_(torch.arange(most) >= n_known[:, None], -torch.inf)
    best, nearest = steps.topk(min(N_NEIGHBOURS, most), dim=1)
    return best.ceil().mul_(RESOLUTION).float(), nearest


def _groups(reach: np.ndarray) -> list[np.ndarray]:
    """Rows that read the same memories, without those that read none."""
    kinds, of_row = np.unique(reach, axis=0, return_inverse=True)
    return [np.flatnonzero(of_row == number) for number, kind in enumerate(kinds) if kind.any()]
