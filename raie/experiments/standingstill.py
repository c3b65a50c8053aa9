"""Nights against standing still: each snapshot, its adapters alone and genesis on what arrived next."""

from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np

from raie.exceptions import MissingError
from raie.experiments.nextday import windows_of
from raie.experiments.served import open_served
from raie.metrics.bootstrap import Interval, paired_bootstrap
from raie.metrics.ranking import gains_at_k, hits_at_k
from raie.snapshots.opened import params_of
from raie.snapshots.serving import ServedSnapshot
from raie.snapshots.tags import list_snapshots

MIN_SNAPSHOTS = 4


@dataclass(frozen=True)
class Scores:
    """Mean of one metric on the windows of a night: by genesis and by the snapshot before the night.

    Attributes
    ----------
    genesis : float
    adapters : float
        The snapshot, of its regions their adapters alone.
    nights : float
        The snapshot as it serves.
    """

    genesis: float
    adapters: float
    nights: float


@dataclass(frozen=True)
class Night:
    """What one night's arrivals scored, before anything learnt from them.

    Attributes
    ----------
    snapshot : str
        The night.
    windows : int
    recall, ndcg : Scores
    """

    snapshot: str
    windows: int
    recall: Scores
    ndcg: Scores


@dataclass(frozen=True)
class Difference:
    """Mean over nights, every night weighing the same.

    Attributes
    ----------
    over_genesis, over_adapters : Interval
        Of the snapshot before each night, over genesis and over its adapters alone.
    """

    over_genesis: Interval
    over_adapters: Interval


@dataclass(frozen=True)
class StandingStill:
    """Every night, and the mean differences over nights with their intervals.

    Attributes
    ----------
    k : int
        Cut-off of both metrics.
    nights : list of Night
    recall, ndcg : Difference
    """

    k: int
    nights: list[Night]
    recall: Difference
    ndcg: Difference


def compare(repository: Path, *, seed: int) -> StandingStill:
    """Score every night's arrivals by genesis and twice by the snapshot before the night (prequential).

    The first night is left out: the snapshot before it is genesis.

    Raises
    ------
    MissingError
        If there are fewer than three nights to compare.
    """
    snapshots = list_snapshots(repository)
    if len(snapshots) < MIN_SNAPSHOTS:
        raise MissingError(
            f"{len(snapshots)} snapshots, at least {MIN_SNAPSHOTS} are needed: run more nights"
        )
    k = params_of(repository, snapshots[0]).evaluate.k
    genesis = open_served(repository, snapshots[0])
    pairs = zip(snapshots[1:], snapshots[2:], strict=False)
    judged = (_night(repository, genesis, before, snapshot, k) for before, snapshot in pairs)
    nights = [night for night in judged if night.windows]
    return StandingStill(
        k=k,
        nights=nights,
        recall=_difference([night.recall for night in nights], seed),
        ndcg=_difference([night.ndcg for night in nights], seed),
    )


def _night(repository: Path, genesis: ServedSnapshot, before: str, snapshot: str, k: int) -> Night:
    windows = windows_of(repository, snapshot)
    if not len(windows):
        nothing = Scores(0.0, 0.0, 0.0)
        return Night(snapshot, 0, nothing, nothing)
    served = open_served(repository, before)
    ranks = [each.judge(windows).routed_ranks for each in (genesis, served.by_adapters, served)]
    recall, ndcg = (
        Scores(*(float(metric(each, k).mean()) for each in ranks)) for metric in (hits_at_k, gains_at_k)
    )
    return Night(snapshot, len(windows), recall, ndcg)


def _difference(scores: list[Scores], seed: int) -> Difference:
    groups = np.arange(len(scores))
    genesis, adapters, nights = np.array([astuple(each) for each in scores]).T
    return Difference(*(paired_bootstrap(nights, other, groups, seed=seed) for other in (genesis, adapters)))
