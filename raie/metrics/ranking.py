"""Full-ranking metrics of next-item prediction with a single relevant item.

Candidates are all columns of a score matrix except column 0 (padding) and entries at minus infinity,
with which a caller excludes items. Among equal scores the lower item index ranks first, in ranks and in
top-k lists alike, so that the target is in the first k exactly when its rank is at most k.
"""

import numpy as np
import numpy.typing as npt

from raie.exceptions import UsageError

Floats = npt.NDArray[np.floating]
Integers = npt.NDArray[np.integer]
Ranks = npt.NDArray[np.int64]

PAD = 0
MISS: int = np.iinfo(np.int64).max
"""Rank of a target that is no candidate: unknown (index 0) or excluded (minus infinity)."""


def target_ranks(scores: Floats, targets: Integers) -> Ranks:
    """Rank each row's target among all candidates.

    Parameters
    ----------
    scores : (N, V) float
        Scores of items, one column per item index; column 0 is padding and never counts.
    targets : (N,) int
        Index of the relevant item; 0 stands for an unknown item.

    Returns
    -------
    (N,) int64
        1 + candidates that score higher + equal candidates of a lower index; ``MISS`` where the target
        is no candidate.

    Raises
    ------
    UsageError
        If a score is NaN, a target lies outside the columns, or the shapes disagree.
    """
    _check(scores, targets)
    own = scores[np.arange(len(targets)), targets][:, None]
    higher = (scores[:, 1:] > own).sum(axis=1)
    lower_index = np.arange(1, scores.shape[1]) < targets[:, None]
    tied = ((scores[:, 1:] == own) & lower_index).sum(axis=1)
    ranks: Ranks = (1 + higher + tied).astype(np.int64)
    ranks[(targets == PAD) | np.isneginf(own[:, 0])] = MISS
    return ranks


def popularity_ranks(counts: npt.NDArray[np.number], targets: Integers) -> Ranks:
    """Rank targets by one score per item, the same for every row.

    Equal to ``target_ranks`` on ``counts`` repeated for every target, without the (N, V) matrix. Items
    that were never counted are candidates too.

    Parameters
    ----------
    counts : (V,) int or float
        Number of interactions per item index; entry 0 is padding.
    targets : (N,) int
    """
    scores = counts.astype(np.float64)
    _check(scores[None], targets[:0])
    order = 1 + np.argsort(-scores[1:], kind="stable")
    rank_of = np.full(len(scores), MISS)
    rank_of[order] = 1 + np.arange(len(order))
    rank_of[np.isneginf(scores)] = MISS
    _check_targets(targets, len(scores))
    return rank_of[targets]


def top_k(scores: Floats, k: int) -> tuple[Ranks, Floats]:
    """List each row's ``k`` best candidates, best first.

    Parameters
    ----------
    scores : (N, V) float
        As for `target_ranks`.
    k : int

    Returns
    -------
    items : (N, k) int64
        Item indices; 0 where a row has fewer than ``k`` candidates.
    scores : (N, k) float
        Their scores; minus infinity where ``items`` is 0.
    """
    _check_k(k)
    _check(scores, np.zeros(len(scores), dtype=np.int64))
    kept = scores.copy()
    kept[:, PAD] = -np.inf
    items = _best_columns(kept, min(k, kept.shape[1]))
    best = np.take_along_axis(kept, items, axis=1)
    items[np.isneginf(best)] = PAD
    missing = ((0, 0), (0, k - items.shape[1]))
    return np.pad(items, missing), np.pad(best, missing, constant_values=-np.inf)


def hits_at_k(ranks: Ranks, k: int) -> npt.NDArray[np.float64]:
    """Tell, row by row, whether the target is among the first ``k``: (N,) of 0.0 and 1.0."""
    _check_k(k)
    return np.asarray(ranks <= k, dtype=np.float64)


def gains_at_k(ranks: Ranks, k: int) -> npt.NDArray[np.float64]:
    """Discount each hit by its position, 1 / log2(1 + rank): (N,).

    With one relevant item the ideal gain is 1, so this is each row's NDCG (Jarvelin and Kekalainen 2002).
    """
    return np.asarray(hits_at_k(ranks, k) / np.log2(1.0 + ranks))


def recall_at_k(ranks: Ranks, k: int) -> float:
    """Share of rows whose target is among the first ``k``; no rows are refused with `UsageError`."""
    return _mean(hits_at_k(ranks, k))


def ndcg_at_k(ranks: Ranks, k: int) -> float:
    """Mean NDCG of rows with one relevant item; no rows are refused with `UsageError`."""
    return _mean(gains_at_k(ranks, k))


def _best_columns(scores: Floats, k: int) -> Ranks:
    n_columns = scores.shape[1]
    top = np.sort(np.argpartition(scores, n_columns - k, axis=1)[:, n_columns - k :], axis=1)
    threshold = np.take_along_axis(scores, top, axis=1).min(axis=1, keepdims=True)
    # The partition cuts equal scores anywhere: where the cut falls among them, choose again by index.
    cut = (scores >= threshold).sum(axis=1) > k
    top[cut] = np.sort(np.argsort(-scores[cut], axis=1, kind="stable")[:, :k], axis=1)
    best_first = np.argsort(-np.take_along_axis(scores, top, axis=1), axis=1, kind="stable")
    return np.take_along_axis(top, best_first, axis=1)


def _mean(values: npt.NDArray[np.float64]) -> float:
    if not len(values):
        raise UsageError("a metric of 0 windows is undefined: score at least one window")
    return float(values.mean())


def _check(scores: Floats, targets: Integers) -> None:
    if scores.ndim != 2 or (len(targets) and len(targets) != len(scores)):
        raise UsageError(f"scores {scores.shape} do not fit targets {targets.shape}: pass (N, V) and (N,)")
    if np.isnan(scores).any():
        raise UsageError("scores hold NaN, which has no rank: check the model for divergence")
    _check_targets(targets, scores.shape[1])


def _check_targets(targets: Integers, n_columns: int) -> None:
    outside = (targets < 0) | (targets >= n_columns)
    if outside.any():
        first = targets[outside][0]
        raise UsageError(f"target {first} has no score: indices run from 0 to {n_columns - 1}")


def _check_k(k: int) -> None:
    if k < 1:
        raise UsageError(f"k = {k}: ask for at least 1 item")
