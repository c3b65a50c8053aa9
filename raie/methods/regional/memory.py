"""What regions remember: what came next where a region's windows are most like a sequence.

A sequence reads the memories of its nearest regions alone: it costs their size, and what others remember
cannot reach it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from raie.datastore.neighbours import Neighbours, nearest, nobody
from raie.methods.regional.reading import Read, joined
from raie.sequences.windows import Windows

AT_ONCE = 512
"""Sequences whose likeness to all of a region's windows is held at a time."""


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
        cosines, items = nobody(len(windows))
        for alike in _groups(reach):
            known = np.flatnonzero(reach[alike[0]][self.regions])
            keys, labels = (torch.as_tensor(each[known]) for each in (self.read.keys, self.next_items))
            for first in range(0, len(alike), AT_ONCE):
                rows = alike[first : first + AT_ONCE]
                n_known = torch.as_tensor(np.searchsorted(known, until[rows]))
                found, places = nearest(torch.as_tensor(read.keys[rows]), keys, n_known)
                cosines[rows, : found.shape[1]], items[rows, : found.shape[1]] = found, labels[places].long()
        return Neighbours.of(cosines, items, windows.histories)


def _groups(reach: np.ndarray) -> list[np.ndarray]:
    """Rows that read the same memories, without those that read none."""
    kinds, of_row = np.unique(reach, axis=0, return_inverse=True)
    return [np.flatnonzero(of_row == number) for number, kind in enumerate(kinds) if kind.any()]
