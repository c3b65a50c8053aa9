"""Two sides timed in turn, A B A B: what disturbs the machine disturbs both, and a ratio is left."""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch


@dataclass(frozen=True)
class Measured:
    """One run of one side.

    Attributes
    ----------
    wall, cpu : float
        Seconds: on the clock, and of processor time over all threads.
    answer : object
        What the run gave, to be compared with the other side's.
    """

    wall: float
    cpu: float
    answer: Any


Side = Callable[[], Measured]
"""Runs one side once."""


def in_process(work: Callable[[], Any]) -> Side:
    """Time ``work`` in this process; on a GPU until the device has finished."""

    def measure() -> Measured:
        gc.collect()
        _finish()
        wall, cpu = time.perf_counter(), time.process_time()
        answer = work()
        _finish()
        return Measured(time.perf_counter() - wall, time.process_time() - cpu, answer)

    return measure


@dataclass(frozen=True)
class Ratios:
    """How many times less one side needs than the other, pair by pair.

    Attributes
    ----------
    pairs : tuple of float
        Seconds of the reference over ours, each per unit of work; above 1 ours needs less.
    """

    pairs: tuple[float, ...]

    @classmethod
    def of(cls, reference: list[float], ours: list[float], *, work: tuple[float, float]) -> "Ratios":
        """Divide seconds pair by pair.

        Parameters
        ----------
        reference, ours : list of float
            Seconds, one per pair.
        work : (float, float)
            Units of work in one run of ours and of the reference.
        """
        per_unit = work[0] / work[1]
        return cls(tuple(b / max(a, 1e-9) * per_unit for b, a in zip(reference, ours, strict=True)))

    @property
    def median(self) -> float:
        """The figure of the comparison."""
        return float(np.median(self.pairs))

    def document(self) -> dict[str, Any]:
        """Median, extremes and pairs, rounded to four digits."""
        low, high = min(self.pairs), max(self.pairs)
        shown = {"median": self.median, "min": low, "max": high}
        return {
            **{name: _rounded(value) for name, value in shown.items()},
            "pairs": [_rounded(value) for value in self.pairs],
        }


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")


def _finish() -> None:
    if torch.cuda.is_available():
        torch.cuda.synchronize()
