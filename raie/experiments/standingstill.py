"""Nights against standing still: each snapshot and genesis on what arrived next."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from raie.experiments.nextday import windows_of
from raie.experiments.served import open_served
from raie.metrics.bootstrap import Interval, paired_bootstrap
from raie.metrics.ranking import gains_at_k, hits_at_k
from raie.snapshots.serving import ServedSnapshot
from raie.snapshots.tags import list_snapshots


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
    nights : list of Night
    recall, ndcg : Interval
        Mean over nights of (previous snapshot - genesis), every night weighing the same.
    """

    nights: list[Night]
    recall: Interval
    ndcg: Interval


def compare(repository: Path, *, k: int, seed: int) -> StandingStill:
    """Score every night's arrivals by genesis and by the snapshot before the night (prequential).

    The first night is left out: the snapshot before it is genesis.
    """
    snapshots = list_snapshots(repository)
    genesis = open_served(repository, snapshots[0])
    nights = []
    for before, snapshot in zip(snapshots[1:], snapshots[2:], strict=False):
        nights.append(_night(repository, genesis, before, snapshot, k))
    return StandingStill(
        nights=nights,
        recall=_interval([night.recall for night in nights], seed),
        ndcg=_interval([night.ndcg for night in nights], seed),
    )


def _night(repository: Path, genesis: ServedSnapshot, before: str, snapshot: str, k: int) -> Night:
    windows = windows_of(repository, snapshot)
    ranks = [served.judge(windows).routed_ranks for served in (genesis, open_served(repository, before))]
    recall = tuple(float(hits_at_k(rank, k).mean()) for rank in ranks)
    ndcg = tuple(float(gains_at_k(rank, k).mean()) for rank in ranks)
    return Night(snapshot, len(windows), (recall[0], recall[1]), (ndcg[0], ndcg[1]))


def _interval(pairs: list[tuple[float, float]], seed: int) -> Interval:
    genesis, edited = np.array(pairs).T
    return paired_bootstrap(edited, genesis, np.arange(len(pairs)), seed=seed)
