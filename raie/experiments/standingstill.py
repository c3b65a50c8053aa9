"""Nights against standing still: each snapshot and genesis on what arrived next."""

from dataclasses import dataclass
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
class Night:
    """Mean metrics on the windows of one night, each a pair: genesis, previous snapshot.

    Attributes
    ----------
    snapshot : str
        The night whose arrivals are scored, before it learnt from them.
    windows : int
    recall, ndcg : (float, float)
    """

    snapshot: str
    windows: int
    recall: tuple[float, float]
    ndcg: tuple[float, float]


@dataclass(frozen=True)
class StandingStill:
    """Every night, and the mean difference over nights with its interval.

    Attributes
    ----------
    k : int
        Cut-off of both metrics.
    nights : list of Night
    recall, ndcg : Interval
        Mean over nights of (previous snapshot - genesis), every night weighing the same.
    """

    k: int
    nights: list[Night]
    recall: Interval
    ndcg: Interval


def compare(repository: Path, *, seed: int) -> StandingStill:
    """Score every night's arrivals by genesis and by the snapshot before the night (prequential).

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
        recall=_interval([night.recall for night in nights], seed),
        ndcg=_interval([night.ndcg for night in nights], seed),
    )


def _night(repository: Path, genesis: ServedSnapshot, before: str, snapshot: str, k: int) -> Night:
    windows = windows_of(repository, snapshot)
    if not len(windows):
        return Night(snapshot, 0, (0.0, 0.0), (0.0, 0.0))
    ranks = [served.judge(windows).routed_ranks for served in (genesis, open_served(repository, before))]
    recall = tuple(float(hits_at_k(rank, k).mean()) for rank in ranks)
    ndcg = tuple(float(gains_at_k(rank, k).mean()) for rank in ranks)
    return Night(snapshot, len(windows), (recall[0], recall[1]), (ndcg[0], ndcg[1]))


def _interval(pairs: list[tuple[float, float]], seed: int) -> Interval:
    genesis, edited = np.array(pairs).T
    return paired_bootstrap(edited, genesis, np.arange(len(pairs)), seed=seed)
