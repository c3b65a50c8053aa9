"""The nearest of what was seen: what came next after the histories most like one's own.

After nearest-neighbour language models, whose datastore maps a context to the token that came next
(Khandelwal et al. 2020).
"""

from dataclasses import dataclass, fields

import numpy as np
import torch
from torch import Tensor

N_NEIGHBOURS = 64
RESOLUTION = 1e-5
"""Of a cosine: what differs less is alike, and of entries alike the newest are taken."""


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Of each of B sequences the N entries of its region most like it; fewer where it has fewer.

    Attributes
    ----------
    cosines : (B, N) float32
        Minus infinity where there is no entry.
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

    @classmethod
    def of(cls, cosines: Tensor, items: Tensor, histories: np.ndarray) -> "Neighbours":
        """Tell of neighbours, (B, N), which are repeats in histories, (B, L) int."""
        places = torch.as_tensor(histories.astype(np.int64)).T
        repeats = torch.zeros_like(items, dtype=torch.bool)
        for place in places:
            repeats |= items == place[:, None]
        return cls(cosines, items, repeats)

    def take(self, chosen: np.ndarray | slice) -> "Neighbours":
        """Return the neighbours of the sequences at ``chosen``."""
        return Neighbours(*(getattr(self, field.name)[chosen] for field in fields(self)))

    def after(self, n_without: int) -> "Neighbours":
        """Return these after ``n_without`` sequences that have none."""
        nobody = (torch.full_like(self.cosines[:1], -torch.inf), self.items[:1] * 0, self.repeats[:1] & False)
        own = (getattr(self, field.name) for field in fields(self))
        return Neighbours(
            *(torch.cat([none.expand(n_without, -1), each]) for none, each in zip(nobody, own, strict=True))
        )


def nearest(keys: Tensor, known: Tensor, n_known: Tensor) -> tuple[Tensor, Tensor]:
    """Find the nearest of what each knows.

    Parameters
    ----------
    keys : (B, D) float32
        Unit rows.
    known : (M, D) float32
        Unit rows, oldest first.
    n_known : (B,) int64
        How many of them, from the oldest, each of B knows.

    Returns
    -------
    cosines : (B, at most N_NEIGHBOURS) float32
        Largest first, rounded up to `RESOLUTION`; minus infinity where fewer are known.
    places : (B, at most N_NEIGHBOURS) int64
        Rows of ``known``.
    """
    most = int(n_known.max())
    steps = torch.mm(keys, known[:most].T).div_(RESOLUTION).round_().double()
    steps -= torch.linspace(1, 0, most + 1)[1:]  # the newest of those alike first
    if int(n_known.min()) < most:
        steps.masked_fill_(torch.arange(most) >= n_known[:, None], -torch.inf)
    best, places = steps.topk(min(N_NEIGHBOURS, most), dim=1)
    return best.ceil().mul_(RESOLUTION).float(), places


def nobody(n: int) -> tuple[Tensor, Tensor]:
    """Cosines and items of ``n`` sequences that have no neighbour, (n, N_NEIGHBOURS) each."""
    return torch.full((n, N_NEIGHBOURS), -torch.inf), torch.zeros(n, N_NEIGHBOURS, dtype=torch.int64)
