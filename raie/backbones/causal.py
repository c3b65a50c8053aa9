"""Backbones that read a history from the left and predict the next item at every position."""

from abc import abstractmethod
from collections.abc import Callable

import torch
from torch import Tensor, nn

from raie.backbones.blocks import Attention, Blocks
from raie.backbones.dropout import Dropout
from raie.backbones.items import PAD
from raie.backbones.protocol import Backbone, Batch
from raie.params import BackboneParams


class CausalBackbone(Backbone):
    """Item vectors, dropout, blocks whose positions see what came before, and a last norm."""

    lora_targets = ("q_proj", "k_proj", "v_proj", "out_proj", "up_proj", "down_proj")

    dropout: Dropout
    blocks: Blocks
    norm: nn.LayerNorm

    def add_layers(self, attention: Callable[[BackboneParams], Attention]) -> None:
        """Make dropout, blocks and norm, after a subclass's own tables: the order that seeds rely on."""
        self.dropout = Dropout(self.params.dropout)
        self.blocks = Blocks(self.params, attention)
        self.norm = nn.LayerNorm(self.params.dim)

    @abstractmethod
    def inputs(self, batch: Batch) -> tuple[Tensor, ...]:
        """What the first block reads, (B, L, d) before dropout, then the context of every attention."""

    def hidden_states(self, batch: Batch) -> Tensor:
        """Last hidden state of every position, (B, L, d); a position sees itself and what came before."""
        states, *context = self.inputs(batch)
        normed: Tensor = self.norm(self.blocks(self.dropout(states), *context))
        return normed

    def forward(self, items: Tensor, times: Tensor) -> Tensor:
        """State of the newest item, (B, d)."""
        states, *context = self.inputs(Batch(items, times))
        newest: Tensor = self.norm(self.blocks(self.dropout(states), *context, newest_only=True)[:, 0])
        return newest

    def pretraining_loss(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Predict every item from those before it; mean over the positions that have a predecessor."""
        states = self.hidden_states(Batch(batch.items[:, :-1], batch.times[:, :-1]))
        counted = batch.items[:, :-1] != PAD
        return self.items.cross_entropy(states[counted], batch.items[:, 1:][counted])
