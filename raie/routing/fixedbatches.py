"""Batches of one shape: what a row gets does not depend on how many others there are.

Products of another shape may round differently, so every batch is filled up. One of its rows is always a
filling, a full history: without padding in it, no batch is cut to its longest history.
"""

import numpy as np
from numpy.typing import NDArray

from raie.regions.geometry import IntArray

ROWS = 64
"""Rows of a batch at most: as fast per row as more of them, and little to fill up for a single user."""

FILLING = 1
"""Item that a filling repeats."""


def fixed_batches(n: int, *, batch_size: int) -> IntArray:
    """Deal ``n`` rows to batches of one shape, in order.

    Parameters
    ----------
    n : int
    batch_size : int
        The bound on memory; batches are no larger than ``ROWS`` either, and hold at least 2 rows.

    Returns
    -------
    (n_batches, size) int64
        Rows; ``n`` stands for a filling.
    """
    size = max(min(batch_size, ROWS), 2)
    dealt = np.full((-(-n // (size - 1)), size), n)
    dealt[:, :-1].flat[:n] = np.arange(n)
    return dealt


def with_filling(histories: IntArray, times: IntArray) -> tuple[NDArray[np.integer], NDArray[np.integer]]:
    """Append a filling to histories and times, (N, L) each: row N is what `fixed_batches` calls ``n``."""
    full = np.full((1, histories.shape[1]), FILLING, dtype=histories.dtype)
    return np.concatenate([histories, full]), np.concatenate([times, np.zeros_like(full, dtype=times.dtype)])
