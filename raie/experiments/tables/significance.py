"""Our methods against what they must beat: paired bootstraps over users."""

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from raie.experiments.tables.baselines import best_baseline, shared_seeds
from raie.experiments.tables.means import CONFIDENCE
from raie.experiments.tables.ranks import RankedWindows
from raie.experiments.tables.reading import Cell
from raie.experiments.tables.record import K, Part, Score
from raie.experiments.tables.roles import CONTROL, FROZEN, ONE_REGION, is_ours
from raie.experiments.tables.row import Seeds
from raie.metrics.bootstrap import Interval, paired_bootstrap
from raie.metrics.ranking import gains_at_k, hits_at_k

Purpose = Literal["best baseline", "random regions", "one region", "retention"]


@dataclass(frozen=True)
class Comparison:
    """A method of ours minus a reference, on the windows of the seeds that both have.

    Attributes
    ----------
    method, reference : str
    purpose : str
    part : str
    seeds : tuple of int
    recall, ndcg : Interval
        Difference of Recall@10 and NDCG@10: positive favours the method.
    """

    method: str
    reference: str
    purpose: Purpose
    part: Part
    seeds: tuple[int, ...]
    recall: Interval
    ndcg: Interval


def compare(methods: Mapping[str, Seeds], *, seed: int, n_resamples: int) -> tuple[Comparison, ...]:
    """Compare each method of ours with the best baseline, its controls, and the frozen base.

    A comparison is left out where the reference is not there or shares no seed.

    Parameters
    ----------
    methods : mapping of str to cells by seed
        Among baselines of equal recall the first is the best.
    seed, n_resamples : int
        Of the bootstrap.

    Raises
    ------
    UsageError
        If a part has windows of fewer than 2 users.
    """
    return tuple(
        _compared(methods, method, reference, purpose, part, seed, n_resamples)
        for method in methods
        if is_ours(method)
        for reference, purpose, part in _references(methods, method)
    )


def _references(methods: Mapping[str, Seeds], method: str) -> Iterator[tuple[str, Purpose, Part]]:
    parts: tuple[Part, ...] = ("test", "test_new")
    for part in parts:
        best = best_baseline(methods, method, functools.partial(_recall, part))
        if best is not None:
            yield best, "best baseline", part
        if method != CONTROL and shared_seeds(methods, method, CONTROL):
            yield CONTROL, "random regions", part
        if method != ONE_REGION and shared_seeds(methods, method, ONE_REGION):
            yield ONE_REGION, "one region", part
    if shared_seeds(methods, method, FROZEN):
        yield FROZEN, "retention", "setup_heldout"


def _recall(part: Part, cell: Cell) -> float:
    score: Score = getattr(cell.record.scores, part)
    return score.recall_at_10


def _compared(
    methods: Mapping[str, Seeds],
    method: str,
    reference: str,
    purpose: Purpose,
    part: Part,
    seed: int,
    n_resamples: int,
) -> Comparison:
    seeds = shared_seeds(methods, method, reference)
    first = [methods[method][each].windows.of(part) for each in seeds]
    second = [methods[reference][each].windows.of(part) for each in seeds]
    recall, ndcg = differences_of(first, second, seed=seed, n_resamples=n_resamples)
    return Comparison(method, reference, purpose, part, seeds, recall, ndcg)


def differences_of(
    first: Sequence[RankedWindows], second: Sequence[RankedWindows], *, seed: int, n_resamples: int
) -> tuple[Interval, Interval]:
    """Differences of Recall@10 and NDCG@10 between the same windows ranked by two methods, seed by seed.

    Raises
    ------
    UsageError
        If they are windows of fewer than 2 users.
    """
    # Stacked, not averaged per window: seeds may hold out different windows, a user is drawn with all of
    # them, and where the windows are the same both ways give the same interval.
    users = np.unique(np.concatenate([windows.user_id for windows in first]), return_inverse=True)[1]
    ranks, others = _stacked(first), _stacked(second)
    recall, ndcg = (
        paired_bootstrap(
            metric(ranks, K),
            metric(others, K),
            users,
            seed=seed,
            n_resamples=n_resamples,
            confidence=CONFIDENCE,
        )
        for metric in (hits_at_k, gains_at_k)
    )
    return recall, ndcg


def _stacked(windows: Sequence[RankedWindows]) -> npt.NDArray[np.int64]:
    return np.concatenate([each.rank for each in windows])
