"""Most popular in the last seven days of Finetune, the same list for everybody."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from raie.methods.contract import Fitted, Material, Method, Settings
from raie.sequences.windows import Windows

DAYS = 7


@dataclass(frozen=True, eq=False)
class CountRanker:
    """Serves one list."""

    counts: Tensor
    """(n_items + 1,) float32, minus infinity at ``PAD``."""

    def scores(self, windows: Windows) -> Tensor:
        """See `raie.methods.contract.Ranker`."""
        return self.counts.expand(len(windows), -1)


def fit(material: Material, settings: Settings, before: Fitted | None = None) -> Fitted:
    """Count events of the last days, those of windows alone among the newest; nothing else is remembered."""
    everything, newest = material.everything, material.newest
    items = np.concatenate([everything.items, newest.next_items])
    times = np.concatenate([everything.times, newest.label_times])
    recent = items[times > times.max() - DAYS * 86_400]
    counts = np.bincount(recent, minlength=material.backbone.n_items + 1)
    scores = torch.as_tensor(counts, dtype=torch.float32)
    scores[0] = -torch.inf
    return Fitted(CountRanker(scores))


METHOD = Method("popular-7-days", fit, evolves=True)
