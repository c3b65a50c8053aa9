"""One LoRA for everybody, learnt on Finetune (Hu et al. 2022)."""

import numpy as np
from torch import Tensor

from raie.backbones.protocol import Batch
from raie.methods.contract import Fitted, Material, Method, Settings
from raie.methods.fitting import next_item_loss, spend
from raie.methods.lowrank import Adapted, AdaptedRanker, rows_before
from raie.sequences.windows import Windows


def fit(material: Material, settings: Settings, before: Fitted | None = None) -> Fitted:
    """Train one adapter on what came since Set-up."""
    return fit_on(material.finetune, material, settings, before)


def fit_on(windows: Windows, material: Material, settings: Settings, before: Fitted | None = None) -> Fitted:
    """Train one adapter on ``windows``, a fresh one or on from what it was."""
    start = rows_before(before)
    adapted = Adapted(material.backbone, rank=int(settings["rank"]), seed=material.seed, start=start)

    def loss(batch: Batch, targets: Tensor, _: np.ndarray) -> Tensor:
        return next_item_loss(adapted.states(batch, train=True), adapted.vectors, targets)

    rate = float(settings["learning_rate"])
    spent = spend(material.budget, windows, loss, [adapted.rows], learning_rate=rate, seed=material.seed)
    return Fitted(AdaptedRanker(adapted), spent, adapted.rows.numel())


RANKS_AND_RATES: tuple[Settings, ...] = (
    {"rank": 24, "learning_rate": 1e-3},
    {"rank": 24, "learning_rate": 2e-3},
    {"rank": 8, "learning_rate": 1e-3},
    {"rank": 8, "learning_rate": 2e-3},
)
METHOD = Method("lora", fit, RANKS_AND_RATES, evolves=True)
