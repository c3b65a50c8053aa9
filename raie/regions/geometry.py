"""Angles on the unit sphere, and the check that keeps encodings on it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from raie.exceptions import UsageError

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

NORM_TOLERANCE = 1e-3
"""How far from 1 the norm of an encoding may lie: far above the rounding of float32."""


def unit_rows(encodings: NDArray[Any], *, name: str = "encodings", min_rows: int = 0) -> FloatArray:
    """Check that every row lies on the unit sphere; return the rows as float64.

    Parameters
    ----------
    encodings : (n, d) array of floats
    name : str
        What the message calls them.
    min_rows : int
        Fewest rows that will do.

    Returns
    -------
    (n, d) float64; the input itself where it already is float64, so treat it as read-only.

    Raises
    ------
    UsageError
        If the array is not (n, d) with d >= 2, has too few rows, or holds a row that is not finite or
        not of norm 1.
    """
    rows = np.asarray(encodings, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[1] < 2:
        raise UsageError(f"{name} has shape {rows.shape}: pass (n, d) with d >= 2")
    if rows.shape[0] < min_rows:
        raise UsageError(f"{name} has {rows.shape[0]} rows: pass at least {min_rows}")
    norms = np.linalg.norm(rows, axis=1)
    faults = np.flatnonzero(~(np.abs(norms - 1.0) <= NORM_TOLERANCE))
    if faults.size:
        row = int(faults[0])
        raise UsageError(
            f"{name}: row {row} has norm {norms[row]:.6g}: divide each encoding by its norm first"
        )
    return rows


def angles(encodings: FloatArray, directions: FloatArray) -> FloatArray:
    """Angle in radians of every row to every direction: (n, d), (k, d) -> (n, k)."""
    cosines: FloatArray = encodings @ directions.T
    return np.arccos(np.clip(cosines, -1.0, 1.0))


def angle_between(one: FloatArray, other: FloatArray) -> float:
    """Angle in radians of two unit vectors, exact to rounding also where it is tiny."""
    return 2.0 * float(np.arcsin(min(1.0, float(np.linalg.norm(one - other)) / 2.0)))


def weighted_quantile(values: FloatArray, weights: FloatArray, *, quantile: float) -> float:
    """Smallest value with at least `quantile` of the weight at or below it.

    The inverted distribution function, so that a weight of N equals N repeats exactly.

    Parameters
    ----------
    values, weights : (n,) float64
        n >= 1; weights are not negative and some are positive.
    quantile : float
        Between 0 and 1.
    """
    order = np.argsort(values, kind="stable")
    cumulated = np.cumsum(weights[order])
    # The slack keeps 0.9 of ten equal weights at the ninth value whatever the rounding of the sum.
    reached = int(np.searchsorted(cumulated, quantile * cumulated[-1] * (1.0 - 1e-12), side="left"))
    return float(values[order][min(reached, values.size - 1)])
