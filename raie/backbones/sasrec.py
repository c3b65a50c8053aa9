"""SASRec: causal self-attention over the history (Kang & McAuley 2018), trained with full cross-entropy.

Pre-norm blocks, learned positions counted from the newest item, one table of item vectors for input and
output.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from raie.backbones.items import PAD
from raie.backbones.protocol import Backbone, Batch
from raie.params import BackboneParams


class SelfAttention(nn.Module):
    """Multi-head attention with its projections as separate linear layers, for adapters to attach to."""

    def __init__(self, params: BackboneParams) -> None:
        super().__init__()
        self.n_heads = params.n_heads
        self.q_proj = nn.Linear(params.dim, params.dim)
        self.k_proj = nn.Linear(params.dim, params.dim)
        self.v_proj = nn.Linear(params.dim, params.dim)
        self.out_proj = nn.Linear(params.dim, params.dim)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """Attend: states (B, L, d), mask (B, 1, L, L) bool with True where a position may look."""
        query, key, value = (self._heads(p(states)) for p in (self.q_proj, self.k_proj, self.v_proj))
        attended = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        joined: Tensor = self.out_proj(attended.transpose(1, 2).flatten(2))
        return joined

    def _heads(self, states: Tensor) -> Tensor:
        batch, length, _ = states.shape
        return states.view(batch, length, self.n_heads, -1).transpose(1, 2)


class Block(nn.Module):
    """Attention and a feed-forward layer, each normalised first and added to its input."""

    def __init__(self, params: BackboneParams) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(params.dim)
        self.attention = SelfAttention(params)
        self.ffn_norm = nn.LayerNorm(params.dim)
        self.up_proj = nn.Linear(params.dim, 4 * params.dim)
        self.down_proj = nn.Linear(4 * params.dim, params.dim)
        self.dropout = nn.Dropout(params.dropout)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """Transform (B, L, d) states; mask as in `SelfAttention`."""
        states = states + self.dropout(self.attention(self.attention_norm(states), mask))
        inner = functional.gelu(self.up_proj(self.ffn_norm(states)))
        out: Tensor = states + self.dropout(self.down_proj(inner))
        return out


class SASRec(Backbone):
    """Self-attentive sequential recommendation."""

    lora_targets = ("q_proj", "k_proj", "v_proj", "out_proj", "up_proj", "down_proj")

    def __init__(self, params: BackboneParams, n_items: int) -> None:
        super().__init__(params, n_items)
        self.position_vectors = nn.Parameter(torch.randn(params.max_length, params.dim) * params.dim**-0.5)
        self.dropout = nn.Dropout(params.dropout)
        self.blocks = nn.ModuleList(Block(params) for _ in range(params.n_layers))
        self.norm = nn.LayerNorm(params.dim)

    def hidden_states(self, batch: Batch) -> Tensor:
        """Last hidden state of every position, (B, L, d); a position sees itself and what came before."""
        length = batch.items.shape[1]
        states = self.dropout(self.items(batch.items) + self.position_vectors[self.positions(length)])
        mask = _may_look(batch.items)
        for block in self.blocks:
            states = block(states, mask)
        normed: Tensor = self.norm(states)
        return normed

    def forward(self, items: Tensor, times: Tensor) -> Tensor:
        """State of the newest item, (B, d)."""
        return self.hidden_states(Batch(items, times))[:, -1]

    def pretraining_loss(self, batch: Batch, generator: torch.Generator) -> Tensor:
        """Predict every item from those before it; mean over the positions that have a predecessor."""
        states = self.hidden_states(Batch(batch.items[:, :-1], batch.times[:, :-1]))
        counted = batch.items[:, :-1] != PAD
        return self.items.cross_entropy(states[counted], batch.items[:, 1:][counted])


def _may_look(items: Tensor) -> Tensor:
    length = items.shape[1]
    itself = torch.eye(length, dtype=torch.bool, device=items.device)
    earlier = torch.ones_like(itself).tril()
    # Padding looks at itself, or its softmax would be over nothing.
    return ((items != PAD)[:, None, None, :] & earlier) | itself
