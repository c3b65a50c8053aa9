"""Time slices: Set-up, Finetune, Test."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from raie.exceptions import UsageError


@dataclass(frozen=True)
class TimeCuts:
    """UTC seconds: Set-up lies before ``setup_end``, Test from ``finetune_end`` on, Finetune between."""

    setup_end: int
    finetune_end: int


@dataclass(frozen=True)
class SliceMasks:
    """Which interactions lie in which slice; each lies in exactly one. Shape (N,), bool."""

    setup: NDArray[np.bool_]
    finetune: NDArray[np.bool_]
    test: NDArray[np.bool_]


def time_cuts(timestamps: ArrayLike, *, setup_quantile: float, finetune_quantile: float) -> TimeCuts:
    """Cut time at two quantiles of the positives' timestamps.

    Quantiles interpolate linearly between the sorted timestamps (the default of NumPy and pandas) and are
    rounded up: for whole seconds, ``t < q`` and ``t < ceil(q)`` are the same, so nothing is lost.

    Parameters
    ----------
    timestamps : array of int64, shape (N,)
        UTC seconds, in any order.
    setup_quantile, finetune_quantile : float
        Shares of interactions before the end of Set-up and of Finetune.

    Raises
    ------
    UsageError
        If there are no timestamps, or the quantiles do not satisfy 0 < setup < finetune < 1.
    """
    if not 0 < setup_quantile < finetune_quantile < 1:
        raise UsageError(
            f"setup_quantile = {setup_quantile} and finetune_quantile = {finetune_quantile} "
            "must satisfy 0 < setup < finetune < 1: correct the section sequences"
        )
    seconds = np.asarray(timestamps, dtype=np.int64)
    return TimeCuts(quantile_second(seconds, setup_quantile), quantile_second(seconds, finetune_quantile))


def quantile_second(timestamps: NDArray[np.int64], quantile: float) -> int:
    """Return the quantile of the timestamps, rounded up to a whole UTC second.

    Raises
    ------
    UsageError
        If there are no timestamps.
    """
    if not len(timestamps):
        raise UsageError("there are no interactions to cut by time: check data.path and data.min_rating")
    return int(np.ceil(np.quantile(timestamps, quantile, method="linear")))


def slice_masks(timestamps: ArrayLike, cuts: TimeCuts) -> SliceMasks:
    """Tell for each timestamp (UTC seconds, shape (N,)) in which slice it lies."""
    seconds = np.asarray(timestamps, dtype=np.int64)
    setup = seconds < cuts.setup_end
    test = seconds >= cuts.finetune_end
    return SliceMasks(setup=setup, finetune=~setup & ~test, test=test & ~setup)
