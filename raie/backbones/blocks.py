"""Pre-norm transformer blocks, and who may look at whom in a history read from the left."""

from abc import abstractmethod
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from raie.backbones.dropout import Dropout
from raie.backbones.items import PAD
from raie.params import BackboneParams


class Attention(nn.Module):
    """Multi-head attention with its projections as separate linear layers, for adapters to attach to."""

    def __init__(self, params: BackboneParams) -> None:
        super().__init__()
        self.n_heads = params.n_heads
        self.q_proj = nn.Linear(params.dim, params.dim)
        self.k_proj = nn.Linear(params.dim, params.dim)
        self.v_proj = nn.Linear(params.dim, params.dim)
        self.out_proj = nn.Linear(params.dim, params.dim)

    def forward(self, asking: Tensor, states: Tensor, *context: Tensor) -> Tensor:
        """Gather from all positions (B, L, d) for those that ask (B, Q, d), the newest Q: (B, Q, d)."""
        query = split_heads(self.q_proj(asking), self.n_heads)
        key = split_heads(self.k_proj(states), self.n_heads)
        value = split_heads(self.v_proj(states), self.n_heads)
        gathered = self.gather(query, key, value, *context)
        joined: Tensor = self.out_proj(gathered.transpose(1, 2).flatten(2))
        return joined

    @abstractmethod
    def gather(self, query: Tensor, key: Tensor, value: Tensor, *context: Tensor) -> Tensor:
        """Mix values by query and key: (B, h, Q, d / h) from (B, h, Q, d / h) and twice (B, h, L, d / h)."""


class Block(nn.Module):
    """Attention and a feed-forward layer, each normalised first and added to its input.

    Parameters
    ----------
    params : BackboneParams
        Width and dropout.
    attention : Attention
        Called with the positions that ask, all positions, and the context given to `forward`.
    """

    def __init__(self, params: BackboneParams, attention: Attention) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(params.dim)
        self.attention = attention
        self.ffn_norm = nn.LayerNorm(params.dim)
        self.up_proj = nn.Linear(params.dim, 4 * params.dim)
        self.down_proj = nn.Linear(4 * params.dim, params.dim)
        self.dropout = Dropout(params.dropout)

    def forward(self, states: Tensor, *context: Tensor, newest_only: bool = False) -> Tensor:
        """Transform states (B, L, d) -> (B, L, d), or (B, 1, d), the newest position, if ``newest_only``."""
        asking = slice(-1, None) if newest_only else slice(None)
        normed = self.attention_norm(states)
        # Contiguous, or a linear layer rounds by whether its weights train.
        attended = self.attention(normed[:, asking].contiguous(), normed, *context)
        states = states[:, asking] + self.dropout(attended)
        inner = functional.gelu(self.up_proj(self.ffn_norm(states)))
        out: Tensor = states + self.dropout(self.down_proj(inner))
        return out


class Blocks(nn.ModuleList):
    """``n_layers`` blocks, one after another; ``attention`` makes the attention of each."""

    def __init__(self, params: BackboneParams, attention: Callable[[BackboneParams], Attention]) -> None:
        super().__init__(Block(params, attention(params)) for _ in range(params.n_layers))

    def forward(self, states: Tensor, *context: Tensor, newest_only: bool = False) -> Tensor:
        """Transform as `Block.forward` does; only the last block can leave the other positions out."""
        last = len(self) - 1
        for number, block in enumerate(self):
            states = block(states, *context, newest_only=newest_only and number == last)
        return states


def split_heads(states: Tensor, n_heads: int) -> Tensor:
    """(B, L, d) -> (B, h, L, d / h)."""
    batch, length, _ = states.shape
    return states.reshape(batch, length, n_heads, -1).transpose(1, 2)


def may_look(items: Tensor) -> Tensor:
    """Who sees whom in left-padded items (B, L): itself and what came before, (B, 1, L, L) bool."""
    length = items.shape[1]
    itself = torch.eye(length, dtype=torch.bool, device=items.device)
    earlier = torch.ones_like(itself).tril()
    # Padding looks at itself, or its softmax would be over nothing.
    return ((items != PAD)[:, None, None, :] & earlier) | itself
