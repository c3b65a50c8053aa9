"""In-region replay: old windows of a region, mixed into its new ones so that they are not forgotten."""

import numpy as np

from raie.exceptions import UsageError
from raie.sequences.windows import Windows, concatenate


def with_replay(
    new: Windows, weights: np.ndarray, memory: Windows, *, replay_ratio: float, seed: int
) -> tuple[Windows, np.ndarray]:
    """Append windows drawn from a region's memory to its new windows.

    ``replay_ratio`` times as many as there are new windows, rounded, are drawn without replacement; all
    of the memory where it holds fewer.

    Parameters
    ----------
    new : Windows
        N windows routed to the region.
    weights : (N,) float
        Their weights in training.
    memory : Windows
        Windows the region has received before, none of ``new`` among them.
    replay_ratio : float
        Replayed windows per new window.
    seed : int

    Returns
    -------
    windows : Windows
        The new windows, then the replayed ones in the order of the memory.
    weights : (N + n_replayed,) float64
        The given weights, then 1 for each replayed window.

    Raises
    ------
    UsageError
        If the weights do not fit the windows, or the histories differ in length.
    """
    if len(weights) != len(new):
        raise UsageError(f"{len(weights)} weights for {len(new)} windows: pass one weight per window")
    n_replayed = min(round(replay_ratio * len(new)), len(memory))
    drawn = np.random.default_rng(seed).choice(len(memory), size=n_replayed, replace=False)
    windows = concatenate([new, memory.take(np.sort(drawn))]) if n_replayed else new
    return windows, np.concatenate([np.asarray(weights, dtype=np.float64), np.ones(n_replayed)])
