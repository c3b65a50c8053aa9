"""When two answers are the same."""

import math

import numpy as np

from benchmarks.harness.comparison import Agreement, DisagreementError


def close(*, atol: float, rtol: float = 0.0) -> Agreement:
    """Arrays whose entries differ by at most ``atol + rtol * |reference|``."""

    def agree(ours: np.ndarray, reference: np.ndarray) -> str:
        ours, reference = np.asarray(ours), np.asarray(reference)
        if ours.shape != reference.shape:
            raise DisagreementError(f"answers of shapes {ours.shape} and {reference.shape}")
        both = np.isfinite(ours) & np.isfinite(reference)
        if not ((ours == reference) | both).all():
            raise DisagreementError("one answer is not finite where the other is")
        gap = np.abs(ours[both].astype(np.float64) - reference[both])
        if (gap > atol + rtol * np.abs(reference[both])).any():
            raise DisagreementError(f"answers differ by up to {gap.max():.3g}")
        return f"largest difference {gap.max(initial=0.0):.2g}"

    return agree


def near(name: str, *, rtol: float = math.inf, loses: float = math.inf) -> Agreement:
    """Numbers that stand for an outcome, such as a loss or a recall, which both sides reach their own way.

    Parameters
    ----------
    name : str
        Of the number.
    rtol : float
        Largest difference, as a share of the reference's.
    loses : float
        Most that ours may lie below the reference's, as a share of it.
    """

    def agree(ours: float, reference: float) -> str:
        off = (ours - reference) / max(abs(reference), 1e-12)
        if not (abs(off) <= rtol and -off <= loses):
            raise DisagreementError(f"{name} is {ours:.4g}, of the reference {reference:.4g}")
        return f"{name} {ours:.4g}, reference {reference:.4g}"

    return agree


def both(first: Agreement, second: Agreement) -> Agreement:
    """Answers of two parts, each by its own rule."""
    return lambda ours, reference: f"{first(ours[0], reference[0])}; {second(ours[1], reference[1])}"
