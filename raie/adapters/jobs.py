"""What a region's adapter learns from, in which order, and what came of it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from raie.adapters.store import AdapterState
from raie.backbones.items import PAD
from raie.exceptions import UsageError
from raie.params import AdapterParams
from raie.sequences.windows import Windows


@dataclass(frozen=True, eq=False)
class Job:
    """One region's share of a training.

    Attributes
    ----------
    windows : Windows
        N windows whose next items are all known.
    weights : (N,) float
        0 or more: a window of weight 0 is left out, one of weight 2 counts as two.
    start : AdapterState or None
        Where training starts; None: from a fresh adapter.
    seed : int
        Of the fresh adapter, the order of windows and dropout.
    """

    windows: Windows
    weights: np.ndarray
    start: AdapterState | None
    seed: int

    def checked(self) -> "Job":
        """Return the job without its windows of weight 0.

        Raises
        ------
        UsageError
            If no weight is positive, one is negative or not finite, or a next item is unknown.
        """
        windows, weights = self.windows, np.asarray(self.weights, dtype=np.float32)
        if len(weights) != len(windows):
            raise UsageError(f"{len(weights)} weights for {len(windows)} windows: pass one weight per window")
        if not (np.isfinite(weights).all() and (weights >= 0).all()):
            raise UsageError("a training weight is negative or not finite: weights are 0 or more")
        if not (weights > 0).any():
            raise UsageError(
                f"none of {len(windows)} windows has a positive weight: leave the adapter as it is"
            )
        unknown = int((windows.next_items == PAD).sum())
        if unknown:
            raise UsageError(f"{unknown} windows have an unknown next item: leave them out of training")
        kept = np.flatnonzero(weights > 0)
        return Job(windows.take(kept), weights[kept], self.start, self.seed)

    def steps(self, params: AdapterParams) -> int:
        """Gradient steps over all epochs, for a job that was checked."""
        return params.epochs * -(-len(self.windows) // params.batch_size)

    def batches(self, params: AdapterParams) -> Iterator[tuple[int, np.ndarray]]:
        """Yield an epoch, from 0, and the windows of a step: (at most batch_size,) int64."""
        order = torch.Generator().manual_seed(self.seed)
        for epoch in range(params.epochs):
            shuffled = torch.randperm(len(self.windows), generator=order).numpy()
            for first in range(0, len(shuffled), params.batch_size):
                yield epoch, shuffled[first : first + params.batch_size]


@dataclass(frozen=True, eq=False)
class TrainedAdapter:
    """An adapter and what its training took.

    Attributes
    ----------
    state : AdapterState
    losses : tuple of float
        Weighted mean loss of each epoch, as met while training.
    steps : int
        Gradient steps.
    examples : int
        Windows seen, every epoch counted.
    """

    state: AdapterState
    losses: tuple[float, ...]
    steps: int
    examples: int
