"""A mean over seeds, and how far off it may be."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Mean:
    """Mean over seeds with its t-interval.

    Attributes
    ----------
    value : float
    half_width : float or None
        Of the 95 % interval, Student's t with ``n_seeds - 1`` degrees of freedom; None with one seed.
    n_seeds : int
    """

    value: float
    half_width: float | None
    n_seeds: int


def mean_of(values: Sequence[float]) -> Mean:
    """Mean of one value per seed, at least one."""
    n_seeds = len(values)
    if n_seeds == 1:
        return Mean(float(values[0]), None, 1)
    error = float(np.std(values, ddof=1)) / n_seeds**0.5
    quantile = float(t.ppf((1 + CONFIDENCE) / 2, n_seeds - 1))
    return Mean(float(np.mean(values)), quantile * error, n_seeds)
