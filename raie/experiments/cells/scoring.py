"""Ranks of the labels under a fitted method, and the scores they make."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from raie.methods.contract import Ranker
from raie.metrics.ranking import ndcg_at_k, recall_at_k, target_ranks
from raie.sequences.windows import Windows

K = 10
SCORED_AT_ONCE = 256


def ranks_of(ranker: Ranker, windows: Windows) -> np.ndarray:
    """Rank each label among all items, (N,) int64, see `raie.metrics.ranking.target_ranks`."""
    parts = []
    for start in range(0, len(windows), SCORED_AT_ONCE):
        part = windows.take(slice(start, start + SCORED_AT_ONCE))
        parts.append(target_ranks(ranker.scores(part).numpy(), part.next_items))
    return np.concatenate(parts)


@dataclass(frozen=True)
class OnlyNew:
    """Serves what another does, without the items of the history."""

    ranker: Ranker

    def scores(self, windows: Windows) -> Tensor:
        """See `raie.methods.contract.Ranker`."""
        histories = torch.as_tensor(windows.histories.astype(np.int64))
        return self.ranker.scores(windows).scatter(1, histories, -torch.inf)


def scores_of(ranks: np.ndarray) -> dict[str, float]:
    """Recall and NDCG at 10."""
    return {f"recall_at_{K}": recall_at_k(ranks, K), f"ndcg_at_{K}": ndcg_at_k(ranks, K)}
