"""A frozen backbone under adapters that learn, singly or mixed by row."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from raie.adapters.dropout import Dropout
from raie.adapters.fresh import fresh_adapter
from raie.adapters.stack import Stack
from raie.adapters.stackedlinear import LowRank, Mounted
from raie.backbones.batches import batch_of
from raie.backbones.protocol import Backbone, Batch
from raie.methods.contract import Fitted
from raie.methods.fitting import derived
from raie.params import AdapterParams
from raie.sequences.windows import Windows

ALPHA_PER_RANK = 2
"""lora_alpha is twice the rank, as in `AdapterParams`, so that a rank may be tuned alone."""


DROPOUT = 0.05
"""In front of adapters, see `raie.adapters.dropout`."""


class Adapters:
    """Adapters of equal rank, side by side, as numbers that learn.

    Parameters
    ----------
    backbone : Backbone
        What they fit.
    rank : int
    seeds : sequence of int
        Of first weights and of masks, one per adapter.
    start : (n, P) float32, optional
        Numbers to start from, in place of fresh adapters; copied.
    """

    def __init__(
        self, backbone: Backbone, *, rank: int, seeds: Sequence[int], start: Tensor | None = None
    ) -> None:
        params = AdapterParams(rank=rank, lora_alpha=ALPHA_PER_RANK * rank)
        self.rank, self.stack = rank, Stack.on(backbone, rank=rank)
        self._dropout = Dropout(seeds, DROPOUT)
        if start is None:
            start = self.stack.pack([fresh_adapter(backbone, params=params, seed=each) for each in seeds])
        self.rows = nn.Parameter(start.detach().clone())
        """Numbers of the adapters, (n, P)."""

    def matrices(self, rows: Tensor, *, train: bool) -> dict[str, LowRank]:
        """A and scaled B of each layer and adapter; with ``train`` inputs drop out."""
        found = self.stack.matrices(rows)
        if not train:
            return {name: LowRank(down, ALPHA_PER_RANK * up) for name, (down, up) in found.items()}
        widths = [down.shape[2] for down, _ in found.values()]
        masks = torch.split(self._dropout.masks(len(rows), sum(widths)), widths, dim=1)
        return {
            name: LowRank(down * mask[:, None], ALPHA_PER_RANK * up)
            for (name, (down, up)), mask in zip(found.items(), masks, strict=True)
        }


class Adapted:
    """A backbone whose n adapters learn while all else is frozen.

    Parameters
    ----------
    backbone : Backbone
        Copied.
    rank : int
    n_adapters : int
    seed : int
        Of fresh adapters and masks.
    start : (n, P) float32, optional
        Numbers to start from, in place of fresh adapters; copied.
    """

    def __init__(
        self, backbone: Backbone, *, rank: int, seed: int, n_adapters: int = 1, start: Tensor | None = None
    ) -> None:
        seeds = [derived(seed, place) for place in range(n_adapters)]
        self._adapters = Adapters(backbone, rank=rank, seeds=seeds, start=start)
        self._mounted = Mounted(backbone, torch.device("cpu"))
        self.rows = self._adapters.rows
        """What learns, (n, P)."""

    @property
    def vectors(self) -> Tensor:
        """Vectors that score items, (n_items + 1, d)."""
        return self._mounted.backbone.item_vectors()

    def states(
        self, batch: Batch, gates: Tensor | None = None, *, rows: Tensor | None = None, train: bool = False
    ) -> Tensor:
        """State the next item is scored from, (B, d).

        Parameters
        ----------
        batch : Batch
        gates : (B, n) float32, optional
            Weight of each adapter for each row; without it all rows are under the first.
        rows : (n, P) float32, optional
            In place of `rows`.
        train : bool
            Whether inputs drop out.
        """
        matrices = self._adapters.matrices(self.rows if rows is None else rows, train=train)
        if gates is None:
            self._mounted.carry(
                {name: LowRank(*(part[:1] for part in each)) for name, each in matrices.items()}
            )
        else:
            self._mounted.carry({name: _mixed(each, gates) for name, each in matrices.items()})
        states: Tensor = self._mounted.backbone(batch.items, batch.times)
        return states

    def bare_states(self, batch: Batch) -> Tensor:
        """The same without any adapter: the base model's."""
        self._mounted.carry({})
        states: Tensor = self._mounted.backbone(batch.items, batch.times)
        return states

    def matrices(self, rows: Tensor) -> dict[str, LowRank]:
        """View rows, (n, P), as the A and B of each layer, unscaled."""
        return self._adapters.stack.matrices(rows)

    def frozen(self) -> "Adapted":
        """Return a copy whose adapters no longer learn."""
        kept = copy.copy(self)
        kept.rows = nn.Parameter(self.rows.detach().clone(), requires_grad=False)
        return kept


def _mixed(each: LowRank, gates: Tensor) -> LowRank:
    """One adapter per row, of all adapters side by side: sum of g B A is (g B) beside each other times A."""
    down, up = each
    n, rank, inputs = down.shape
    joined = down.reshape(1, n * rank, inputs).expand(len(gates), -1, -1)
    weighted = torch.einsum("bn,nor->bonr", gates, up).reshape(len(gates), up.shape[1], n * rank)
    return LowRank(joined, weighted)


@dataclass(frozen=True, eq=False)
class AdaptedRanker:
    """Serves with the first adapter."""

    adapted: Adapted

    @torch.no_grad()
    def scores(self, windows: Windows) -> Tensor:
        """See `raie.methods.contract.Ranker`."""
        batch = batch_of(windows.histories, windows.history_times, torch.device("cpu"))
        return item_scores(self.adapted.states(batch), self.adapted.vectors)


def rows_before(before: Fitted | None) -> Tensor | None:
    """Return the adapter, (1, P), that a method with one goes on from; None at its start."""
    if before is None:
        return None
    assert isinstance(before.ranker, AdaptedRanker)
    return before.ranker.adapted.rows.detach()


def item_scores(states: Tensor, vectors: Tensor) -> Tensor:
    """Score every item, (B, n_items + 1), padding at minus infinity."""
    scores = states @ vectors.T
    scores[:, 0] = -torch.inf
    return scores
