"""Paired bootstrap over groups: how sure is the difference between two models on the same rows."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from raie.exceptions import UsageError

Floats = npt.NDArray[np.float64]

_DRAWS_AT_ONCE = 4_000_000
"""Bounds the memory of a resampling to about 100 MB."""


@dataclass(frozen=True)
class Interval:
    """Percentile interval of a mean difference.

    Attributes
    ----------
    difference : float
        Mean of ``first - second`` over all rows.
    low, high : float
    confidence : float
        Share of resamples between ``low`` and ``high``.
    n_groups, n_resamples : int
    """

    difference: float
    low: float
    high: float
    confidence: float
    n_groups: int
    n_resamples: int


def paired_bootstrap(
    first: Floats,
    second: Floats,
    groups: npt.NDArray[np.generic],
    *,
    seed: int,
    n_resamples: int = 2000,
    confidence: float = 0.95,
) -> Interval:
    """Bound the mean of ``first - second`` by drawing whole groups with replacement.

    Rows of one user (or week) depend on each other, so a group is drawn with all its rows and both
    models' values together. Every row weighs the same: to weigh groups equally, pass one mean per group.

    Parameters
    ----------
    first, second : (N,) float64
        One value per row and model, for example from `raie.metrics.ranking.hits_at_k`.
    groups : (N,) any sortable dtype
        User or week of each row.
    seed : int
    n_resamples : int
    confidence : float
        In (0, 1).

    Raises
    ------
    UsageError
        If the lengths differ, there are fewer than 2 groups, a value is not finite, or ``n_resamples``
        or ``confidence`` is out of range.
    """
    _check(first, second, groups, n_resamples, confidence)
    names, members = np.unique(groups, return_inverse=True)
    difference = np.asarray(first, dtype=np.float64) - second
    sums = np.bincount(members, weights=difference).astype(np.float64)
    sizes = np.bincount(members).astype(np.float64)
    if len(names) < 2:
        raise UsageError(f"1 group ({names[0]}): an interval needs at least 2 to draw from")
    means = _resampled_means(sums, sizes, n_resamples, seed)
    tail = (1.0 - confidence) / 2.0
    low, high = np.quantile(means, [tail, 1.0 - tail])
    overall = sums.sum() / sizes.sum()
    return Interval(float(overall), float(low), float(high), confidence, len(names), n_resamples)


def _resampled_means(sums: Floats, sizes: Floats, n_resamples: int, seed: int) -> Floats:
    generator = np.random.default_rng(seed)
    at_once = max(1, _DRAWS_AT_ONCE // len(sums))
    means = np.empty(n_resamples)
    for start in range(0, n_resamples, at_once):
        part = means[start : start + at_once]
        drawn = generator.integers(len(sums), size=(len(part), len(sums)))
        part[:] = sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)
    return means


def _check(
    first: Floats, second: Floats, groups: npt.NDArray[np.generic], n_resamples: int, confidence: float
) -> None:
    if not len(first) == len(second) == len(groups) or not len(first):
        lengths = f"{len(first)}, {len(second)} and {len(groups)}"
        raise UsageError(f"{lengths} values, values and groups: pass one of each per row, at least 1 row")
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise UsageError("a value to compare is not finite: leave out rows that one model could not score")
    if n_resamples < 1 or not 0 < confidence < 1:
        raise UsageError(
            f"n_resamples = {n_resamples}, confidence = {confidence}: use at least 1, and between 0 and 1"
        )
