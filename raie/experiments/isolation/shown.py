"""What a method shows for windows: where labels come, the lists, and its scores to the bit."""

import hashlib
from dataclasses import dataclass

import numpy as np

from raie.experiments.cells.scoring import SCORED_AT_ONCE, K
from raie.methods.contract import Ranker
from raie.metrics.ranking import recall_at_k, target_ranks
from raie.sequences.windows import Windows


@dataclass(frozen=True, eq=False)
class Shown:
    """One row for each of N windows.

    Attributes
    ----------
    ranks : (N,) int64
        Of the labels.
    lists : (N, K) int64
        The first ten items, in order.
    digests : (N,) bytes
        Of all scores.
    """

    ranks: np.ndarray
    lists: np.ndarray
    digests: np.ndarray

    def recall(self, chosen: np.ndarray) -> float:
        """Recall@10 on the windows ``chosen``, (N,) bool, at least one."""
        return recall_at_k(self.ranks[chosen], K)


def shown_by(ranker: Ranker, windows: Windows) -> Shown:
    """Score windows, the same ones together for every method."""
    ranks, lists, digests = [], [], []
    for start in range(0, len(windows), SCORED_AT_ONCE):
        part = windows.take(slice(start, start + SCORED_AT_ONCE))
        scores = ranker.scores(part)
        ranks.append(target_ranks(scores.numpy(), part.next_items))
        lists.append(scores.topk(min(K, scores.shape[1] - 1), dim=1).indices.numpy())
        digests += [hashlib.sha256(np.ascontiguousarray(row).tobytes()).digest() for row in scores.numpy()]
    return Shown(np.concatenate(ranks), np.concatenate(lists), np.array(digests, dtype="S32"))
