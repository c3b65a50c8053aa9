"""Learning without forgetting: one LoRA that is also held to the base model's outputs (Li and Hoiem 2018)."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from raie.backbones.protocol import Batch
from raie.methods.contract import Fitted, Material, Method, Settings
from raie.methods.fitting import next_item_loss, spend
from raie.methods.lowrank import Adapted, AdaptedRanker

TEMPERATURE = 2.0
"""Of the distilled outputs, as in the paper, section 3."""


def fit(material: Material, settings: Settings) -> Fitted:
    """Train one adapter on Finetune, the base model's outputs on the same windows being its teacher."""
    adapted = Adapted(material.backbone, rank=24, seed=material.seed)
    weight = float(settings["distillation"])

    def loss(batch: Batch, targets: Tensor, _: np.ndarray) -> Tensor:
        with torch.no_grad():
            taught = adapted.bare_states(batch) @ adapted.vectors[1:].T
        states = adapted.states(batch, train=True)
        kept = divergence(taught, states @ adapted.vectors[1:].T)
        return next_item_loss(states, adapted.vectors, targets) + weight * kept

    rate = float(settings["learning_rate"])
    spent = spend(
        material.budget, material.finetune, loss, [adapted.rows], learning_rate=rate, seed=material.seed
    )
    return Fitted(AdaptedRanker(adapted), spent, adapted.rows.numel())


def divergence(taught: Tensor, learnt: Tensor) -> Tensor:
    """Return KL(teacher || pupil) of softened outputs, nats per row, times the temperature squared."""
    teacher, pupil = (functional.log_softmax(each / TEMPERATURE, dim=1) for each in (taught, learnt))
    found = functional.kl_div(pupil, teacher, reduction="batchmean", log_target=True)
    return TEMPERATURE**2 * found


GRID: tuple[Settings, ...] = tuple(
    {"learning_rate": rate, "distillation": weight} for rate in (1e-3, 2e-3) for weight in (0.1, 0.5)
)
METHOD = Method("lora-lwf", fit, GRID)
