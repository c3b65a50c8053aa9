"""How far a region trusts its neighbours.

    P(item) = (w p(item) + sum_i n_i [label_i = item]) / (w + sum_i n_i)
    n_i = exp(s (cos_i - 1) + a repeat_i)

over neighbours i, with p the model's distribution. Nearest-neighbour language models give neighbours a fixed
share of the mixture (Khandelwal et al. 2020). Here the model's distribution is a Dirichlet prior and every
neighbour a count by its likeness, so that where nothing alike was seen the model speaks alone. A region
learns the weight w of its model in sequences seen again exactly, the sharpness s of likeness, and a: how
much more a neighbour counts whose item the sequence itself holds.
"""

import math

import torch
from torch import Tensor, nn

from raie.datastore.base import BASE
from raie.datastore.neighbours import Neighbours
from raie.sequences.vocabulary import PAD

WEIGHT, SHARPNESS = 100.0, 20.0
"""Where learning starts."""
_LEAST = 1e-20
"""Keeps the logarithm finite for a label that neither model nor memory expects."""


class Trust:
    """Three numbers of each region that learn.

    Parameters
    ----------
    n_regions : int
        K.
    """

    def __init__(self, n_regions: int) -> None:
        start = torch.tensor([math.log(WEIGHT), math.log(SHARPNESS), 0.0])
        self.numbers = nn.Parameter(start.repeat(n_regions, 1))
        """(K, 3): log w, log s, a."""

    def losses(self, log_probabilities: Tensor, targets: Tensor, near: Neighbours, regions: Tensor) -> Tensor:
        """-log P of the targets, (B,); ``log_probabilities`` are the model's of them, (B,)."""
        weights, counts = self._evidence(near, regions)
        seen = (counts * (near.items == targets[:, None])).sum(dim=1)
        likely = torch.log(weights * log_probabilities.exp() + seen + _LEAST)
        return torch.log(weights + counts.sum(dim=1)) - likely

    def shares(self, near: Neighbours, regions: Tensor) -> Tensor:
        """How much of P is what neighbours say, (B,) float32 in [0, 1)."""
        weights, counts = self._evidence(near, regions)
        said = counts.sum(dim=1)
        return said / (weights + said)

    @torch.no_grad()
    def mixed(self, scores: Tensor, near: Neighbours, regions: Tensor) -> Tensor:
        """Return P, (B, n_items + 1), of scores that are logits; ``PAD`` at minus infinity."""
        weights, counts = self._evidence(near, regions)
        # in place: of many items a table is large, and each copy of it takes as long as its scores did
        evidence = torch.softmax(scores, dim=1).mul_(weights[:, None]).scatter_add_(1, near.items, counts)
        mixed = evidence.div_((weights + counts.sum(dim=1))[:, None])
        return mixed.index_fill_(1, torch.tensor([PAD]), -torch.inf)

    def _evidence(self, near: Neighbours, regions: Tensor) -> tuple[Tensor, Tensor]:
        """Weight of the model, (B,), and count of each neighbour, (B, N): none at `BASE`."""
        weight, sharpness, repeat = self.numbers[regions].unbind(dim=1)
        likeness = sharpness.exp()[:, None] * (near.cosines.clamp(min=-1) - 1)
        counts = torch.exp(likeness + repeat[:, None] * near.repeats)
        there = torch.isfinite(near.cosines) & (regions != BASE)[:, None]
        return weight.exp(), torch.where(there, counts, 0.0)
