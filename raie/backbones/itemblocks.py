"""Scores of all items, a block of items at a time, so that no table of histories times items is made."""

from collections.abc import Iterator

import torch
from torch import Tensor

from raie.backbones.items import PAD
from raie.exceptions import UsageError

ITEMS_AT_ONCE = {"cpu": 1 << 11, "cuda": 1 << 15}
"""Items of a block. The scores of some hundred states are then still in a processor's cache when they are
counted, and a graphics processor has enough to do."""

SCORES_AT_ONCE = 1 << 24
"""Numbers of a table of scores, where one is made: the bound on its memory."""


def score_blocks(states: Tensor, vectors: Tensor) -> Iterator[tuple[int, Tensor]]:
    """Yield the index of a block's first item and the block's scores, until every item was scored.

    All blocks have one shape, because products of another shape may round differently: the last one goes
    back over items that came before. Those and ``PAD`` stand at minus infinity.

    Parameters
    ----------
    states : (B, d) float32
        States that items are scored from.
    vectors : (n_items + 1, d) float32
        Item vectors, row ``PAD`` first.

    Yields
    ------
    first : int
    scores : (B, W) float32
        W items from ``first`` on; the next block overwrites them, and who reads them may.

    Raises
    ------
    UsageError
        If a state or a vector is not finite.
    """
    _check_finite(states)
    n_rows, width = len(vectors), block_width(vectors)
    scores = states.new_empty(len(states), width)
    for done in range(0, n_rows, width):
        first = min(done, n_rows - width)
        block = vectors[first : first + width]
        torch.mm(states, block.T, out=scores)
        _check_finite(block)
        scores[:, : done - first] = -torch.inf
        if not done:
            scores[:, PAD] = -torch.inf
        yield first, scores


def block_width(vectors: Tensor) -> int:
    """W, items per block: all of them, or as many as ``ITEMS_AT_ONCE``."""
    return min(len(vectors), ITEMS_AT_ONCE[vectors.device.type])


def table_rows(batch_size: int, n_items: int) -> int:
    """Rows of a table of the scores of all items: as many as asked for, unless memory is to hold fewer."""
    return max(1, min(batch_size, SCORES_AT_ONCE // n_items))


def _check_finite(rows: Tensor) -> None:
    # One number shows it, without a mask as large as the rows.
    if not torch.isfinite(rows.sum()):
        raise UsageError("a state or an item vector is not finite (NaN): check the model for divergence")
