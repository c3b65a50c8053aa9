"""Histories cut in two at a random place: what is read, and what follows it."""

import torch
from torch import Tensor

from raie.backbones.items import PAD


def cut(items: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Cut each row after one of its items but the last, all with equal chance.

    Parameters
    ----------
    items : (B, L) int64
        Left-padded, without gaps.
    generator : torch.Generator
        On the CPU.

    Returns
    -------
    read : (B, n) int64
        The left parts, left-padded; n is the longest one's length.
    following : (B, m) int64
        The right parts, padded on their right.
    """
    length = items.shape[1]
    counts = (items != PAD).sum(dim=1)
    drawn = torch.rand(len(items), generator=generator).to(items.device)
    kept = 1 + (drawn * (counts - 1).clamp(min=1)).long()
    left = (counts - kept).clamp(min=0)
    columns = torch.arange(length, device=items.device)
    read = _shifted(items, columns - left[:, None])[:, length - int(kept.max()) :]
    following = _shifted(items, columns + (length - left)[:, None])
    return read, following[:, : max(1, int(left.max()))]


def _shifted(items: Tensor, columns: Tensor) -> Tensor:
    inside = (columns >= 0) & (columns < items.shape[1])
    return torch.where(inside, items.gather(1, columns.clamp(0, items.shape[1] - 1)), PAD)
