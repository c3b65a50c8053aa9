"""A method over time against what it is held against: paired bootstraps over users."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from raie.experiments.periods.question import N_TUNING
from raie.experiments.periods.reading import PeriodsCell
from raie.experiments.periods.record import scored_part
from raie.experiments.tables.baselines import best_baseline, shared_seeds
from raie.experiments.tables.ranks import RankedWindows
from raie.experiments.tables.roles import CONTROL, LORA, ONE_REGION, is_ours
from raie.experiments.tables.significance import differences_of
from raie.metrics.bootstrap import Interval

Seeds = Mapping[int, PeriodsCell]
"""Cells of one method."""
Purpose = Literal["one adapter", "best baseline", "random regions", "one region"]


@dataclass(frozen=True)
class Difference:
    """A method minus a reference on the windows of all counted periods and of the seeds that both have.

    Attributes
    ----------
    reference : str
    purpose : str
    seeds : tuple of int
    recall, ndcg : Interval
        Positive favours the method.
    """

    reference: str
    purpose: Purpose
    seeds: tuple[int, ...]
    recall: Interval
    ndcg: Interval


def compare(
    methods: Mapping[str, Seeds], method: str, *, seed: int, n_resamples: int
) -> tuple[Difference, ...]:
    """Compare a method with one evolving adapter and the best baseline, ours with their controls too.

    A comparison is left out where the reference is not there, is the method itself, or shares no seed.

    Parameters
    ----------
    methods : mapping of str to cells by seed
    method : str
    seed, n_resamples : int
        Of the bootstrap.
    """
    return tuple(
        _difference(methods, method, reference, purpose, seed=seed, n_resamples=n_resamples)
        for reference, purpose in _references(methods, method)
        if reference != method and shared_seeds(methods, method, reference)
    )


def _references(methods: Mapping[str, Seeds], method: str) -> Iterator[tuple[str, Purpose]]:
    yield LORA, "one adapter"
    if best := best_baseline(methods, method, _recall):
        yield best, "best baseline"
    if is_ours(method):
        yield CONTROL, "random regions"
        yield ONE_REGION, "one region"


def _difference(
    methods: Mapping[str, Seeds],
    method: str,
    reference: str,
    purpose: Purpose,
    *,
    seed: int,
    n_resamples: int,
) -> Difference:
    seeds = shared_seeds(methods, method, reference)
    first, second = ([_counted(methods[name][each]) for each in seeds] for name in (method, reference))
    recall, ndcg = differences_of(first, second, seed=seed, n_resamples=n_resamples)
    return Difference(reference, purpose, seeds, recall, ndcg)


def _recall(cell: PeriodsCell) -> float:
    return float(np.mean([period.recall_at_10 for period in cell.record.counted]))


def _counted(cell: PeriodsCell) -> RankedWindows:
    """Windows of the counted periods, one period after the other."""
    numbers = range(N_TUNING + 1, len(cell.record.periods) + 1)
    inside = np.isin(cell.windows.part.astype(np.str_), [scored_part(number) for number in numbers])
    return RankedWindows(cell.windows.part[inside], cell.windows.user_id[inside], cell.windows.rank[inside])
