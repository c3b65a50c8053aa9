"""What a sequence of updates does to slices seen before: forgetting, transfer, and their balance."""

import numpy as np
import numpy.typing as npt

from raie.exceptions import UsageError

Floats = npt.NDArray[np.float64]


def forgetting(scores: Floats) -> float:
    """Average drop from a slice's best earlier score to its final one (Chaudhry et al. 2018, eq. 3).

    Parameters
    ----------
    scores : (T, T) float64
        ``scores[i, j]``: score on slice j after update i. Entries before a slice's own update (j > i)
        may be NaN, those from it on may not.

    Returns
    -------
    float
        Positive: slices were forgotten. Negative: they improved.

    Raises
    ------
    UsageError
        If there are fewer than 2 slices, ``scores`` is not square, or a needed entry is NaN.
    """
    _check(scores)
    best_before = np.nanmax(scores[:-1, :-1], axis=0)
    return float((best_before - scores[-1, :-1]).mean())


def backward_transfer(scores: Floats) -> float:
    """Average change of a slice's score from its own update to the last (Lopez-Paz and Ranzato 2017, eq. 3).

    Parameters and errors are those of `forgetting`; negative values mean forgetting.
    """
    _check(scores)
    return float((scores[-1, :-1] - np.diagonal(scores)[:-1]).mean())


def harmonic_mean(retention: float, adaptation: float) -> float:
    """Balance two scores so that neither makes up for the other; 0 when either is 0.

    Raises
    ------
    UsageError
        If a score is negative or NaN.
    """
    if not (retention >= 0 and adaptation >= 0):
        raise UsageError(f"harmonic mean of {retention} and {adaptation}: both must be 0 or more")
    if retention == 0 or adaptation == 0:
        return 0.0
    return 2.0 / (1.0 / retention + 1.0 / adaptation)


def _check(scores: Floats) -> None:
    if scores.ndim != 2 or scores.shape[0] != scores.shape[1] or len(scores) < 2:
        raise UsageError(f"scores of shape {scores.shape}: pass one row and one column per slice, 2 or more")
    if np.isnan(scores[np.tril_indices(len(scores))]).any():
        raise UsageError("scores hold NaN on or below the diagonal: score every slice seen so far")
