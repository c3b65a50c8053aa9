"""Where a backbone ranks the item that came next, among all items."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from raie.backbones.batches import history_batches
from raie.backbones.itemblocks import block_width, score_blocks
from raie.backbones.items import PAD
from raie.backbones.protocol import Backbone
from raie.exceptions import UsageError
from raie.metrics.ranking import MISS
from raie.sequences.windows import Windows


@torch.no_grad()
def item_ranks(states: Tensor, vectors: Tensor, targets: Tensor) -> Tensor:
    """Rank each state's target among all items, a block of items at a time.

    Equal to `raie.metrics.ranking.target_ranks` on the table of all scores.

    Parameters
    ----------
    states : (B, d) float32
    vectors : (n_items + 1, d) float32
    targets : (B,) int64
        Item indices; ``PAD`` stands for an unknown item.

    Returns
    -------
    (B,) int64
        1 + items that score higher + equal ones of a lower index; ``MISS`` where the target is ``PAD``.

    Raises
    ------
    UsageError
        If a target has no vector, or a state or a vector is not finite.
    """
    outside = (targets < 0) | (targets >= len(vectors))
    if outside.any():
        first = int(targets[outside][0])
        raise UsageError(f"target {first} has no score: indices run from 0 to {len(vectors) - 1}")
    own = _own_scores(states, vectors, targets)
    # Of a lower index, equal items rank before the target too: all that score above the number below.
    at_least = torch.nextafter(own, torch.full_like(own, -torch.inf))
    ranks = torch.ones_like(targets)
    for first, scores in score_blocks(states, vectors):
        last = first + scores.shape[1]
        here = torch.nonzero((targets >= first) & (targets < last))[:, 0]
        lower = torch.arange(first, last, device=targets.device) < targets[here, None]
        ranks[here] += ((scores[here] == own[here, None]) & lower).sum(dim=1)
        # A target never ranks before itself, even where its score was rounded otherwise than here.
        scores[here, targets[here] - first] = -torch.inf
        threshold = torch.where(targets >= last, at_least, own)
        # Ones and zeros in place of the scores: three times as fast to add up as booleans.
        ranks += scores.gt_(threshold[:, None]).sum(dim=1).long()
    return torch.where(targets == PAD, MISS, ranks)


def label_ranks(backbone: Backbone, windows: Windows, *, batch_size: int) -> np.ndarray:
    """Rank each label among all items; items of the history are not removed.

    Parameters
    ----------
    backbone : Backbone
        Put in evaluation mode.
    windows : Windows
        Histories and labels; a label that is ``PAD`` (an unknown item) is a miss.
    batch_size : int
        Windows scored at once.

    Returns
    -------
    (N,) int64
        Ranks from 1, as `raie.metrics.ranking.target_ranks` counts them.
    """
    backbone.eval()
    device = backbone.items.genesis.device
    labels = torch.as_tensor(windows.next_items.astype(np.int64), device=device)
    ranks = []
    with torch.inference_mode():
        vectors = backbone.item_vectors()
        for number, batch in enumerate(history_batches(windows, batch_size=batch_size, device=device)):
            targets = labels[number * batch_size : (number + 1) * batch_size]
            ranks.append(item_ranks(backbone(batch.items, batch.times), vectors, targets))
    return torch.cat(ranks).cpu().numpy() if ranks else np.zeros(0, dtype=np.int64)


def _own_scores(states: Tensor, vectors: Tensor, targets: Tensor) -> Tensor:
    """Each target's score, out of products as wide as the blocks it is compared with."""
    width = block_width(vectors)
    parts = []
    for start in range(0, len(targets), width):
        wanted = targets[start : start + width]
        columns = functional.pad(wanted, (0, width - len(wanted)), value=PAD)
        scores = states @ vectors[columns].T
        parts.append(scores.diagonal(-start)[: len(wanted)])
    return torch.cat(parts) if parts else states.new_zeros(0)
