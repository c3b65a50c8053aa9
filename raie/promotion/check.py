"""One check on a candidate: what it loses against the champion on the same windows."""

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from raie.metrics.bootstrap import Floats, paired_bootstrap
from raie.params import PromotionParams
from raie.promotion.slice import Slice

UNKNOWN = math.nan


@dataclass(frozen=True)
class Question:
    """What is asked of a slice.

    Attributes
    ----------
    name : str
    bound : str
        Name of the parameter that holds the margin.
    max_loss : float
        The margin: Recall@k that may be lost.
    min_windows : int
        With fewer, nothing is judged.
    """

    name: str
    bound: str
    max_loss: float
    min_windows: int = 1

    def hindrance(self, asked: Slice) -> str:
        """Why there is too little to judge by; empty where there is enough."""
        if not len(asked):
            return "no windows"
        if len(asked) < self.min_windows:
            return f"{len(asked)} windows, promotion.min_region_windows = {self.min_windows}"
        return "1 user: an interval needs at least 2" if len(np.unique(asked.users)) < 2 else ""


@dataclass(frozen=True)
class Check:
    """A question with its answer.

    Attributes
    ----------
    question : Question
    windows : int
    champion, candidate, difference : float
        Recall@k, and the candidate's less the champion's; NaN without windows.
    low, high : float
        Interval of `difference`; NaN where it was not judged.
    reason : str
        Why it passed, was refused, or was not judged.
    """

    question: Question
    windows: int
    champion: float
    candidate: float
    difference: float
    low: float
    high: float
    reason: str

    @property
    def judged(self) -> bool:
        """Whether there was enough to judge by."""
        return not math.isnan(self.high)

    @property
    def passed(self) -> bool:
        """False only for a loss beyond the margin and beyond chance."""
        return not (self.difference < -self.question.max_loss and self.high < 0)

    def document(self) -> dict[str, Any]:
        """Return it as what JSON can hold; what is unknown is None."""
        values = {name: value for name, value in asdict(self).items() if name != "question"}
        numbers = {name: None if value != value else value for name, value in values.items()}
        about = {"name": self.question.name, "max_loss": self.question.max_loss}
        return about | numbers | {"judged": self.judged, "passed": self.passed}


def check(
    question: Question, asked: Slice, *, confidence: float, params: PromotionParams, seed: int
) -> Check:
    """Compare the recalls, and bound the loss by drawing users with replacement if there is enough to draw.

    Parameters
    ----------
    question : Question
    asked : Slice
    confidence : float
        Of this interval alone.
    params : PromotionParams
        Only ``n_resamples`` is read.
    seed : int
    """
    hindrance = question.hindrance(asked)
    low, high = (UNKNOWN, UNKNOWN) if hindrance else _interval(asked, confidence, params, seed)
    champion, candidate = _mean(asked.champion), _mean(asked.candidate)
    difference = candidate - champion
    reason = hindrance or _reason(difference, high, question)
    return Check(question, len(asked), champion, candidate, difference, low, high, reason)


def _interval(asked: Slice, confidence: float, params: PromotionParams, seed: int) -> tuple[float, float]:
    drawn = paired_bootstrap(
        asked.candidate,
        asked.champion,
        asked.users,
        seed=seed,
        n_resamples=params.n_resamples,
        confidence=confidence,
    )
    return drawn.low, drawn.high


def _mean(hits: Floats) -> float:
    return float(hits.mean()) if len(hits) else UNKNOWN


def _reason(difference: float, high: float, question: Question) -> str:
    if difference >= 0:
        return "no loss"
    if difference >= -question.max_loss:
        return "within the margin"
    return "beyond the margin and beyond chance" if high < 0 else "beyond the margin, but it may be chance"
