"""The best items for each state, a block of items at a time."""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from raie.backbones.itemblocks import score_blocks
from raie.backbones.items import PAD
from raie.exceptions import UsageError

GROUP = 32
"""Neighbouring items of which the best is found first: the k best items lie in the k best groups."""

_LOW = (1 << 32) - 1


class Pairs(NamedTuple):
    """Items that a row must not get, (E,) int64 each: ``rows[i]`` not the item ``items[i]``."""

    rows: Tensor
    items: Tensor

    def to(self, device: torch.device) -> "Pairs":
        """Return them on a device."""
        return Pairs(self.rows.to(device), self.items.to(device))


@torch.no_grad()
def top_items(
    states: Tensor, vectors: Tensor, k: int, *, excluded: Pairs | None = None
) -> tuple[Tensor, Tensor]:
    """List each state's ``k`` best items, best first; equal scores go to the lower item index.

    Equal to `raie.metrics.ranking.top_k` on the table of all scores.

    Parameters
    ----------
    states : (B, d) float32
    vectors : (n_items + 1, d) float32
    k : int
    excluded : Pairs, optional
        In any order, repeated or not.

    Returns
    -------
    items : (B, k) int64
        Item indices; ``PAD`` where fewer than ``k`` items are left.
    scores : (B, k) float32
        Minus infinity where ``items`` is ``PAD``.

    Raises
    ------
    UsageError
        If ``k`` is below 1, or a state or a vector is not finite.
    """
    if k < 1:
        raise UsageError(f"k = {k}: ask for at least 1 item")
    nobody = torch.zeros(0, dtype=torch.int64, device=states.device)
    rows, items = excluded or Pairs(nobody, nobody)
    in_order = torch.argsort(items)
    rows, items = rows[in_order], items[in_order].contiguous()
    best = torch.full((len(states), k), _NOTHING, device=states.device)
    for first, scores in score_blocks(states, vectors):
        edges = torch.tensor([first, first + scores.shape[1]], device=states.device)
        here = slice(*torch.searchsorted(items, edges).tolist())
        scores[rows[here], items[here] - first] = -torch.inf
        best = _largest(torch.cat([best, _best_groups(scores, first, k)], dim=1), k)
    found, values = _decoded(best)
    return found.masked_fill(torch.isneginf(values), PAD), values


@torch.no_grad()
def top_scores(scores: Tensor, k: int, *, excluded: Pairs | None = None) -> tuple[Tensor, Tensor]:
    """List the ``k`` best items of a table of scores, as `top_items` does of states.

    Parameters
    ----------
    scores : (B, n_items + 1) float32
        ``PAD`` at minus infinity. Those excluded become so too.
    k : int
    excluded : Pairs, optional

    Raises
    ------
    UsageError
        If ``k`` is below 1, or a score is NaN.
    """
    if k < 1:
        raise UsageError(f"k = {k}: ask for at least 1 item")
    if torch.isnan(scores).any():
        raise UsageError("scores hold NaN, which has no rank: check the model for divergence")
    if excluded is not None:
        scores[excluded.rows, excluded.items] = -torch.inf
    nothing = torch.full((len(scores), k), _NOTHING, device=scores.device)
    found, values = _decoded(_largest(torch.cat([nothing, _best_groups(scores, 0, k)], dim=1), k))
    return found.masked_fill(torch.isneginf(values), PAD), values


def _best_groups(scores: Tensor, first: int, k: int) -> Tensor:
    """Keys of all items in a block's ``k`` best groups, (B, k or fewer times ``GROUP``) int64."""
    if missing := -scores.shape[1] % GROUP:
        scores = functional.pad(scores, (0, missing), value=-torch.inf)
    grouped = scores.view(len(scores), scores.shape[1] // GROUP, GROUP)
    numbers = torch.arange(grouped.shape[1], device=scores.device)
    groups, _ = _decoded(_largest(_keys(grouped.amax(dim=2), numbers), k))
    members = grouped.gather(1, groups[..., None].expand(-1, -1, GROUP))
    places = groups[..., None] * GROUP + torch.arange(GROUP, device=scores.device)
    return _keys(members, first + places).flatten(1)


def _largest(keys: Tensor, k: int) -> Tensor:
    return keys.topk(min(k, keys.shape[1]), dim=1).values


def _keys(scores: Tensor, indices: Tensor) -> Tensor:
    """One int64 per score, no two alike: ordered by the score, then by the lower index."""
    bits = (scores + 0.0).view(torch.int32)  # -0.0 becomes 0.0
    # The bits of negative floats, as integers, run backwards.
    ordered = bits ^ ((bits >> 31) & 0x7FFFFFFF)
    return (ordered.long() << 32) | (_LOW - indices)


def _decoded(keys: Tensor) -> tuple[Tensor, Tensor]:
    """Indices and scores of keys."""
    ordered = (keys >> 32).int()
    bits = ordered ^ ((ordered >> 31) & 0x7FFFFFFF)
    return _LOW - (keys & _LOW), bits.view(torch.float32)


_NOTHING = int(_keys(torch.tensor([-torch.inf]), torch.tensor([PAD])))
