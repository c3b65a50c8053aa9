"""One evolving LoRA held near its former self (PESO, arXiv 2510.25093).

Finetune comes in consecutive blocks, as data would on nights; after each the adapter is the one to stay near.
The proximal term is the divergence between softmaxes of a matrix's numbers before and now, summed over the
matrices of all layers: it weighs a change by how much it matters within its matrix.
"""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from raie.backbones.protocol import Batch
from raie.methods.contract import Fitted, Material, Method, Settings, Spent
from raie.methods.fitting import derived, next_item_loss, spend
from raie.methods.lowrank import Adapted, AdaptedRanker, rows_before

N_BLOCKS = 3


def fit(material: Material, settings: Settings, before: Fitted | None = None) -> Fitted:
    """Train one adapter block by block, or on from what it was: then what came since is the block."""
    start = rows_before(before)
    adapted = Adapted(material.backbone, rank=24, seed=material.seed, start=start)
    weight, rate = float(settings["proximity"]), float(settings["learning_rate"])
    blocks = np.array_split(np.arange(len(material.finetune)), N_BLOCKS if start is None else 1)
    budgets, spent = material.budget.parts(*(1 / len(blocks) for _ in blocks)), Spent()
    for number, (block, budget) in enumerate(zip(blocks, budgets, strict=True)):
        anchor = adapted.rows.detach().clone()

        def loss(batch: Batch, targets: Tensor, _: np.ndarray, anchor: Tensor = anchor) -> Tensor:
            states = adapted.states(batch, train=True)
            fitted = next_item_loss(states, adapted.vectors, targets)
            return fitted + weight * distance(adapted, anchor)

        windows, seed = material.finetune.take(block), derived(material.seed, number)
        spent += spend(budget, windows, loss, [adapted.rows], learning_rate=rate, seed=seed)
    return Fitted(AdaptedRanker(adapted), spent, adapted.rows.numel())


def distance(adapted: Adapted, before: Tensor) -> Tensor:
    """Sum over matrices of KL(softmax before || softmax now), scalar, in nats."""
    pairs = zip(adapted.matrices(before).values(), adapted.matrices(adapted.rows).values(), strict=True)
    parts = [_divergence(*each) for old, new in pairs for each in zip(old, new, strict=True)]
    return torch.stack(parts).sum()


def _divergence(before: Tensor, now: Tensor) -> Tensor:
    old, new = (torch.log_softmax(matrix.flatten(), dim=0) for matrix in (before, now))
    return functional.kl_div(new, old, reduction="sum", log_target=True)


GRID: tuple[Settings, ...] = tuple(
    {"learning_rate": rate, "proximity": weight} for rate in (1e-3, 2e-3) for weight in (1.0, 100.0)
)
METHOD = Method("peso", fit, GRID, evolves=True)
