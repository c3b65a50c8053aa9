"""Dropout in front of adapters, drawn by each region for itself."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor


class Dropout:
    """Which inputs of its adapter each region drops in a step; nothing that another region does changes it.

    All windows of a region's batch lose the same inputs, so that a mask falls on the columns of A instead
    of on a copy of every input. PEFT draws for each window and position, which at the usual share learnt
    no better and on a processor takes about as long as the frozen layer itself.

    Parameters
    ----------
    seeds : sequence of int
        One per region.
    share : float
        Of the inputs, dropped.
    """

    def __init__(self, seeds: Sequence[int], share: float) -> None:
        self._generators = [np.random.default_rng([seed, 1]) for seed in seeds]
        self._share = share

    def masks(self, n_regions: int, n_inputs: int) -> Tensor:
        """Draw a step of the first regions: (n_regions, n_inputs) float32, 0 or 1 / (1 - share)."""
        drawn = [each.random(n_inputs, dtype=np.float32) for each in self._generators[:n_regions]]
        return torch.from_numpy(np.stack(drawn) >= self._share).float().div_(1 - self._share)
