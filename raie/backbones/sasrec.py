"""SASRec: causal self-attention over the history (Kang & McAuley 2018), trained with full cross-entropy.

Pre-norm blocks, learned positions counted from the newest item, one table of item vectors for input and
output.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from raie.backbones.blocks import Attention, may_look
from raie.backbones.causal import CausalBackbone
from raie.backbones.protocol import Batch
from raie.params import BackboneParams


class SelfAttention(Attention):
    """Softmax over scaled products of queries and keys."""

    def gather(self, query: Tensor, key: Tensor, value: Tensor, *context: Tensor) -> Tensor:
        """Mix values; the context is a mask, (B, 1, L, L) bool, True where a position may look."""
        (mask,) = context
        allowed = mask[:, :, -query.shape[2] :]
        return functional.scaled_dot_product_attention(query, key, value, attn_mask=allowed)


class SASRec(CausalBackbone):
    """Self-attentive sequential recommendation."""

    def __init__(self, params: BackboneParams, n_items: int) -> None:
        super().__init__(params, n_items)
        self.position_vectors = nn.Parameter(torch.randn(params.max_length, params.dim) * params.dim**-0.5)
        self.add_layers(SelfAttention)

    def inputs(self, batch: Batch) -> tuple[Tensor, ...]:
        """Item plus position, and who may look at whom."""
        positions = self.position_vectors[self.positions(batch.items.shape[1])]
        return self.items(batch.items) + positions, may_look(batch.items)
