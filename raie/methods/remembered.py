"""What regions remember, at inference: what came next where a region's windows are most like a sequence.

After nearest-neighbour language models (Khandelwal et al. 2020). There neighbours get a fixed share of the
mixture. Here the model's distribution is a Dirichlet prior and every neighbour a count by its likeness, so
that where nothing alike was seen the model speaks alone. A region is searched alone: a sequence costs the
size of its region, and what another region remembers cannot reach it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

N_NEIGHBOURS = 64


@dataclass(frozen=True, eq=False)
class Remembered:
    """Windows of all regions with what came next.

    Attributes
    ----------
    encodings : (N, d) float32
        Unit rows.
    next_items : (N,) int
    regions : (N,) int
        Row of the region that received each window.
    prior_weight : float
        Of the model's distribution, in windows seen again exactly.
    sharpness : float
        A neighbour at cosine c counts exp(sharpness (c - 1)).
    """

    encodings: np.ndarray
    next_items: np.ndarray
    regions: np.ndarray
    prior_weight: float
    sharpness: float

    def added_to(
        self, before: "Remembered", again: Callable[[np.ndarray, np.ndarray], np.ndarray]
    ) -> "Remembered":
        """Return what was remembered before and this.

        Parameters
        ----------
        before : Remembered
        again : callable
            From encodings and the regions that received them to the regions where they belong by now.
        """
        return Remembered(
            np.concatenate([before.encodings, self.encodings]),
            np.concatenate([before.next_items, self.next_items]),
            np.concatenate([again(before.encodings, before.regions), self.regions]),
            self.prior_weight,
            self.sharpness,
        )

    def mixed(self, scores: Tensor, encodings: np.ndarray, regions: np.ndarray) -> Tensor:
        """Return probabilities, (B, n_items + 1), of scores that are logits; ``PAD`` at minus infinity.

        Parameters
        ----------
        scores : (B, n_items + 1) float32
            Minus infinity at ``PAD``.
        encodings : (B, d) float32
            Unit rows.
        regions : (B,) int
            Where each is routed to. Where a region remembers nothing, the model's probabilities stay.
        """
        mixed = torch.softmax(scores, dim=1)
        for region in np.unique(regions):
            rows, known = np.flatnonzero(regions == region), np.flatnonzero(self.regions == region)
            if len(known):
                mixed[rows] = self._with(mixed[rows], encodings[rows], known)
        mixed[:, 0] = -torch.inf
        return mixed

    def _with(self, probabilities: Tensor, encodings: np.ndarray, known: np.ndarray) -> Tensor:
        cosines = torch.as_tensor(encodings @ self.encodings[known].T)
        nearest = cosines.topk(min(N_NEIGHBOURS, len(known)), dim=1)
        counts = torch.exp(self.sharpness * (nearest.values - 1))
        labels = torch.as_tensor(self.next_items[known].astype(np.int64))[nearest.indices]
        evidence = (self.prior_weight * probabilities).scatter_add_(1, labels, counts)
        return evidence / (self.prior_weight + counts.sum(dim=1, keepdim=True))
