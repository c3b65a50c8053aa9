"""Encode histories with the frozen backbone."""

import numpy as np
import torch
from torch import Tensor

from raie.backbones.batches import history_batches
from raie.backbones.device import autocast
from raie.backbones.items import PAD
from raie.backbones.protocol import Backbone, Batch
from raie.exceptions import UsageError
from raie.sequences.windows import Windows


def encode(
    backbone: Backbone,
    windows: Windows,
    *,
    batch_size: int,
    device: str | torch.device = "cpu",
    precision: str = "float32",
) -> np.ndarray:
    """Turn each history into a unit vector.

    Parameters
    ----------
    backbone : Backbone
        Frozen; moved to ``device`` and put in evaluation mode.
    windows : Windows
        Their labels are not read.
    batch_size : int
        Histories per forward pass.
    device : str or torch.device
    precision : {"float32", "bfloat16"}
        Of the hidden states; their mean is taken in float64 either way.

    Returns
    -------
    (N, d) float32
        Mean of the last hidden states of a history's items, divided by its norm.

    Raises
    ------
    UsageError
        If a history is empty, or the precision is another.
    """
    empty = np.flatnonzero(~(windows.histories != PAD).any(axis=1))
    if len(empty):
        raise UsageError(
            f"{len(empty)} of {len(windows)} histories are empty (the first is row {empty[0]}): "
            "encode only windows with at least one item"
        )
    backbone.to(device).eval()
    batches = history_batches(windows, batch_size=batch_size, device=torch.device(device))
    with torch.inference_mode(), autocast(precision, device):
        parts = [_encode(backbone, batch).cpu().numpy() for batch in batches]
    return np.concatenate(parts) if parts else np.zeros((0, backbone.params.dim), dtype=np.float32)


def _encode(backbone: Backbone, batch: Batch) -> Tensor:
    states = backbone.hidden_states(batch).double()
    counted = (batch.items != PAD)[..., None]
    mean = torch.where(counted, states, 0).sum(dim=1) / counted.sum(dim=1)
    unit: Tensor = mean / mean.norm(dim=1, keepdim=True)
    return unit.float()
