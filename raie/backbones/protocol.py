"""What every backbone offers: hidden states, item vectors, a pretraining loss.

A batch carries times beside items, and a backbone decides itself how it reads them: SASRec and BERT4Rec by
order alone, TiSASRec by the intervals between them, OpenP5 as a text.
"""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from raie.backbones.items import PAD, ItemTable
from raie.exceptions import UsageError
from raie.params import BackboneParams


@dataclass(frozen=True)
class Batch:
    """Left-padded histories.

    Attributes
    ----------
    items : (B, L) int64
        Item indices, ``PAD`` on the left.
    times : (B, L) int64
        UTC seconds, 0 where padded.
    """

    items: Tensor
    times: Tensor


class Backbone(nn.Module):
    """A sequence model over an item vocabulary that may grow at its end.

    Parameters
    ----------
    params : BackboneParams
        The architecture.
    n_items : int
        Items known when the backbone is made.
    """

    lora_targets: tuple[str, ...]
    """Names of the linear layers that adapters attach to, as PEFT's ``target_modules``."""

    rows_move: bool = False
    """Whether rows end elsewhere in each epoch of pretraining.

    It matters to a model that reads from both sides: what comes next it learns from a row's newest event
    alone.
    """

    def __init__(self, params: BackboneParams, n_items: int) -> None:
        super().__init__()
        self.params = params
        self.items = ItemTable(n_items, params.dim)

    @abstractmethod
    def hidden_states(self, batch: Batch) -> Tensor:
        """Last hidden state of every position, (B, L, d) float32; padded positions are arbitrary."""

    @abstractmethod
    def forward(self, items: Tensor, times: Tensor) -> Tensor:
        """State the next item is scored from, (B, d); ``items`` and ``times`` are (B, L) int64."""

    @abstractmethod
    def pretraining_loss(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Full cross-entropy over the vocabulary, mean over the predicted positions, scalar."""

    @property
    def architecture(self) -> dict[str, Any] | None:
        """What a snapshot must hold beside params to build it again, a JSON-able document; None: nothing."""
        return None

    @property
    def n_items(self) -> int:
        """Items that have a vector, those added since pretraining included."""
        return self.items.n_items

    def item_vectors(self) -> Tensor:
        """Vectors that score items, (n_items + 1, d); row ``PAD`` is never recommended."""
        return self.items.vectors()

    def grow(self, rows: Tensor) -> None:
        """Append vectors of new items, (n_new, d); existing rows keep their bytes."""
        self.items.grow(rows)

    def scores(self, states: Tensor) -> Tensor:
        """Score every item for each state: (B, d) -> (B, n_items + 1), ``PAD`` at minus infinity."""
        scores = states @ self.item_vectors().T
        scores[:, PAD] = -torch.inf
        return scores

    def positions(self, length: int) -> Tensor:
        """Positions of a history of ``length`` items, (length,) int64; the newest is ``max_length - 1``.

        Raises
        ------
        UsageError
            If ``length`` exceeds ``max_length``.
        """
        longest = self.params.max_length
        if length > longest:
            raise UsageError(f"a history of {length} items exceeds backbone.max_length = {longest}")
        return torch.arange(longest - length, longest, device=self.items.genesis.device)
