"""Where a backbone ranks the item that came next, among all items."""

import numpy as np
import torch

from raie.backbones.batches import history_batches
from raie.backbones.protocol import Backbone
from raie.metrics.ranking import target_ranks
from raie.sequences.windows import Windows


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
    ranks = []
    with torch.inference_mode():
        for number, batch in enumerate(history_batches(windows, batch_size=batch_size, device=device)):
            labels = windows.next_items[number * batch_size : (number + 1) * batch_size]
            scores = backbone.scores(backbone(batch.items, batch.times))
            ranks.append(target_ranks(scores.cpu().numpy(), labels))
    return np.concatenate(ranks) if ranks else np.zeros(0, dtype=np.int64)
