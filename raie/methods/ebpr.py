"""E-BPR: single preferences are edited by pairs, the item that came next above what the base put before it.

After "Better late than never: formulating and benchmarking recommendation editing" (arXiv 2406.04553). There
an edit takes an item away from a user; here it makes the item that came next outrank those that the base
ranks first. What the paper asks of an edit is measured as it asks it:

- Editing Accuracy: share of edited windows whose next item entered the first ten.
- Editing Collaboration: the same among windows that needed an edit and were not edited.
- Editing Prudence: share of the first ten that stays, on Set-up windows that no edit was about.
"""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from raie.backbones.protocol import Batch
from raie.methods.contract import Fitted, Material, Method, Ranker, Settings
from raie.methods.fitting import spend
from raie.methods.frozen import BackboneRanker
from raie.methods.lowrank import Adapted, AdaptedRanker
from raie.sequences.windows import Windows

K = 10
UNEDITED_SHARE = 0.05
"""Of the windows that need an edit, kept aside to measure collaboration."""
N_MEASURED = 1000
"""Windows drawn for each of the three measures."""
SCORED_AT_ONCE = 256


def fit(material: Material, settings: Settings) -> Fitted:
    """Edit the windows whose next item the base did not rank first enough."""
    base = BackboneRanker(material.backbone.eval())
    first = top_items(base, material.finetune)
    needed = np.flatnonzero(~_listed(first, material.finetune))
    if len(needed) < 2:
        return Fitted(base, notes={})
    aside = max(1, round(UNEDITED_SHARE * len(needed)))
    shuffled = np.random.default_rng(material.seed).permutation(needed)
    unedited, edited = (np.sort(part) for part in (shuffled[:aside], shuffled[aside:]))
    adapted = Adapted(material.backbone, rank=24, seed=material.seed)
    windows, rivals = material.finetune.take(edited), torch.as_tensor(first[edited])

    def loss(batch: Batch, targets: Tensor, chosen: np.ndarray) -> Tensor:
        return pairwise_loss(adapted.states(batch, train=True), adapted.vectors, targets, rivals[chosen])

    rate = float(settings["learning_rate"])
    (budget,) = material.budget.parts(float(settings["budget_share"]))
    spent = spend(budget, windows, loss, [adapted.rows], learning_rate=rate, seed=material.seed)
    ranker = AdaptedRanker(adapted)
    measured = _measured(ranker, base, material, windows, material.finetune.take(unedited))
    return Fitted(ranker, spent, adapted.rows.numel(), measured)


def pairwise_loss(states: Tensor, vectors: Tensor, targets: Tensor, rivals: Tensor) -> Tensor:
    """Mean of -log sigmoid(score of the target - score of a rival), Rendle et al. 2009.

    Parameters
    ----------
    states : (B, d)
    vectors : (n_items + 1, d)
    targets : (B,) int64
    rivals : (B, K) int64
        Items that ranked before the target.
    """
    own = (states * vectors[targets]).sum(dim=1, keepdim=True)
    others = torch.einsum("bd,bkd->bk", states, vectors[rivals])
    return functional.softplus(others - own).mean()


def top_items(ranker: Ranker, windows: Windows) -> np.ndarray:
    """Return the first ten items of every window, (N, 10) int64."""
    parts = [np.zeros((0, K), dtype=np.int64)]
    for start in range(0, len(windows), SCORED_AT_ONCE):
        scores = ranker.scores(windows.take(slice(start, start + SCORED_AT_ONCE)))
        parts.append(scores.topk(min(K, scores.shape[1] - 1), dim=1).indices.numpy())
    return np.concatenate(parts[1:] or parts)


def _listed(first: np.ndarray, windows: Windows) -> np.ndarray:
    listed: np.ndarray = (first == windows.next_items[:, None]).any(axis=1)
    return listed


def _measured(
    ranker: Ranker, base: Ranker, material: Material, edited: Windows, unedited: Windows
) -> dict[str, float]:
    def some(windows: Windows) -> Windows:
        return windows.take(np.random.default_rng(material.seed).permutation(len(windows))[:N_MEASURED])

    def share(windows: Windows) -> float:
        return float(_listed(top_items(ranker, windows), windows).mean())

    elsewhere = some(material.setup)
    lists = zip(top_items(base, elsewhere), top_items(ranker, elsewhere), strict=True)
    return {
        "editing_accuracy": share(some(edited)),
        "editing_collaboration": share(some(unedited)),
        "editing_prudence": float(np.mean([np.isin(old, new).mean() for old, new in lists])),
    }


GRID: tuple[Settings, ...] = tuple(
    {"learning_rate": rate, "budget_share": share} for rate in (3e-5, 1e-5) for share in (1.0, 0.3)
)
METHOD = Method("e-bpr", fit, GRID)
