"""From arrays of histories to the batches that a backbone reads."""

from collections.abc import Iterator

import numpy as np
import torch

from raie.backbones.items import PAD
from raie.backbones.protocol import Batch
from raie.sequences.windows import Windows


def batch_of(items: np.ndarray, times: np.ndarray, device: torch.device) -> Batch:
    """Make a batch of left-padded rows, (B, L), without the columns that are padding in all of them."""
    used = np.flatnonzero((items != PAD).any(axis=0))
    start = used[0] if len(used) else items.shape[1] - 1
    as_tensor = (torch.tensor(array[:, start:], dtype=torch.int64, device=device) for array in (items, times))
    return Batch(*as_tensor)


def history_batches(windows: Windows, *, batch_size: int, device: torch.device) -> Iterator[Batch]:
    """Yield the histories of ``windows`` in order, ``batch_size`` at a time."""
    for start in range(0, len(windows), batch_size):
        rows = slice(start, start + batch_size)
        yield batch_of(windows.histories[rows], windows.history_times[rows], device)
