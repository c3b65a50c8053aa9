"""The table of item vectors: read by the input, tied to the output, growing at its end."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from raie.backbones.crossentropy import summed_cross_entropy
from raie.exceptions import UsageError

PAD = 0
"""Item index of padding; real items count from 1."""


class ItemTable(nn.Module):
    """Vectors of padding, of the items known when the backbone was trained, and of those added since.

    Parameters
    ----------
    n_items : int
        Items known from the start.
    dim : int
        d, width of a vector.

    Attributes
    ----------
    genesis : (n_items + 1, d) parameter
        Row ``PAD`` is zero. Drawn with standard deviation 1/sqrt(d), so that a score of a normalised
        state starts with unit variance.
    added : (n_added, d) parameter
        Rows appended by `grow`.
    shift : (n_items + 1, d) tensor or None
        Added to all vectors: how items move while the table stays as it is. No part of the state.
    """

    def __init__(self, n_items: int, dim: int) -> None:
        super().__init__()
        self.genesis = nn.Parameter(torch.randn(n_items + 1, dim) * dim**-0.5)
        self.added = nn.Parameter(torch.zeros(0, dim))
        self.shift: Tensor | None = None
        with torch.no_grad():
            self.genesis[PAD] = 0

    @property
    def n_items(self) -> int:
        """Items that have a vector."""
        return len(self.genesis) - 1 + len(self.added)

    def vectors(self) -> Tensor:
        """Return all vectors, (n_items + 1, d)."""
        table = torch.cat([self.genesis, self.added]) if len(self.added) else self.genesis
        return table if self.shift is None else table + self.shift

    def forward(self, items: Tensor) -> Tensor:
        """Look up vectors: (...) int64 -> (..., d)."""
        return functional.embedding(items, self.vectors(), padding_idx=PAD)

    def grow(self, rows: Tensor) -> None:
        """Append vectors, (n_new, d).

        Raises
        ------
        UsageError
            If the rows have another width than the table.
        """
        dim = self.genesis.shape[1]
        if rows.ndim != 2 or rows.shape[1] != dim:
            raise UsageError(f"new item vectors have shape {tuple(rows.shape)}, expected (n_new, {dim})")
        rows = rows.detach().to(self.genesis)
        grown = torch.cat([self.added.detach(), rows])
        self.added = nn.Parameter(grown, requires_grad=self.added.requires_grad)

    def cross_entropy(self, states: Tensor, targets: Tensor) -> Tensor:
        """Full cross-entropy over all items, mean over the states.

        Parameters
        ----------
        states : (N, d)
            States that items are scored from.
        targets : (N,) int64
            Item indices, none of them ``PAD``.
        """
        shares = states.new_full((len(states),), 1 / max(len(states), 1))
        # PAD is no candidate: items start at row 1.
        total, _ = summed_cross_entropy(states, self.vectors()[1:], targets - 1, shares)
        return total
