"""Judge a candidate: newest held-out windows, and retention overall and per region."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from raie.params import PromotionParams
from raie.promotion.check import Check, Question, check
from raie.promotion.slice import Slice

EPSILON = 1e-9


@dataclass(frozen=True)
class Promotion:
    """Whether a candidate becomes champion, and why.

    Attributes
    ----------
    checks : sequence of Check
        Newest held-out, retention, then one per region of the champion; none without a champion.
    confidence : float
        Of all intervals together.
    k : int
        Cut-off of Recall@k.
    """

    checks: Sequence[Check]
    confidence: float
    k: int

    @property
    def first(self) -> bool:
        """Whether there was no champion to compare with."""
        return not self.checks

    @property
    def promoted(self) -> bool:
        """Whether no check speaks against the candidate."""
        return all(each.passed for each in self.checks)

    def document(self) -> dict[str, Any]:
        """Return the verdict as what JSON can hold."""
        return {
            "promoted": self.promoted,
            "headline": self.headline(),
            "first": self.first,
            "checks": [each.document() for each in self.checks],
            "confidence": self.confidence,
            "k": self.k,
        }

    def headline(self) -> str:
        """Return one line: the loss of the most margins, or what was compared."""
        if self.first:
            return "promoted: there is no champion to compare with"
        refused = [each for each in self.checks if not each.passed]
        if not refused:
            return "promoted: " + ", ".join(map(_kept, self.checks[:2]))
        more = f"; {len(refused)} of {len(self.checks)} checks refuse it" if len(refused) > 1 else ""
        return f"refused: {_lost(max(refused, key=_margins_lost))}{more}"


def judge(newest: Slice, retention: Slice, *, k: int, params: PromotionParams, seed: int) -> Promotion:
    """Compare a candidate with the champion.

    A check refuses a loss that is larger than its margin and whose interval lies below 0. Many checks are
    made at once and each could refuse a good candidate by chance, so their intervals hold together with
    ``params.confidence`` (Bonferroni: each of n is drawn at 1 - (1 - confidence) / n). What this costs in
    power is small where faults show, in retention as a whole. A region's few windows move by more than that
    from night to night, which is why `max_region_loss` is wide.

    Parameters
    ----------
    newest : Slice
        Newest windows of held-out users.
    retention : Slice
        Set-up windows of held-out users. Each of its regions is judged alone too; windows that the
        champion's base served count only in the whole.
    k : int
        Cut-off that the slices' hits were counted with.
    params : PromotionParams
    seed : int
        Of the resampling; equal arguments give equal verdicts.
    """
    questions = list(_questions(newest, retention, params))
    n_judged = sum(not question.hindrance(asked) for question, asked in questions)
    alone = 1.0 - (1.0 - params.confidence) / max(n_judged, 1)
    checks = [check(each, asked, confidence=alone, params=params, seed=seed) for each, asked in questions]
    return Promotion(tuple(checks), params.confidence, k)


def without_champion(*, k: int, params: PromotionParams) -> Promotion:
    """Promote the first candidate of all: there is nothing to compare it with."""
    return Promotion((), params.confidence, k)


def _questions(newest: Slice, retention: Slice, params: PromotionParams) -> Iterator[tuple[Question, Slice]]:
    yield Question("newest held-out", "max_recall_loss", params.max_recall_loss), newest
    yield Question("retention", "max_retention_loss", params.max_retention_loss), retention
    for region in np.unique(retention.regions[retention.regions != ""]):
        name, size = f"retention of {region}", params.min_region_windows
        asked = Question(name, "max_region_loss", params.max_region_loss, min_windows=size)
        yield asked, retention.take(retention.regions == region)


def _margins_lost(refused: Check) -> float:
    """How many times its margin a check lost; no margin at all makes every loss the worst."""
    return -refused.difference / max(refused.question.max_loss, EPSILON)


def _kept(passed: Check) -> str:
    if not passed.judged:
        return f"{passed.question.name} not judged ({passed.reason})"
    return f"{passed.question.name} {passed.difference:+.3f} ({_means(passed)})"


def _lost(refused: Check) -> str:
    question, between = refused.question, f"interval {refused.low:.3f} to {refused.high:.3f}"
    fell = f"{question.name} fell by {-refused.difference:.3f} ({_means(refused)}, {between})"
    return f"{fell}, promotion.{question.bound} = {question.max_loss:g}"


def _means(judged: Check) -> str:
    return f"{judged.champion:.3f} to {judged.candidate:.3f}"
