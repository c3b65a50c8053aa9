"""Full fine-tune: every weight of the backbone, items' vectors included, learns on Finetune."""

import copy

import numpy as np
from torch import Tensor

from raie.backbones.protocol import Batch
from raie.methods.contract import Fitted, Material, Method, Settings
from raie.methods.fitting import next_item_loss, spend
from raie.methods.frozen import BackboneRanker


def fit(material: Material, settings: Settings) -> Fitted:
    """Fine-tune a copy of the backbone."""
    model = copy.deepcopy(material.backbone).eval().requires_grad_(True)

    def loss(batch: Batch, targets: Tensor, _: np.ndarray) -> Tensor:
        return next_item_loss(model(batch.items, batch.times), model.item_vectors(), targets)

    parameters = list(model.parameters())
    rate = float(settings["learning_rate"])
    spent = spend(
        material.budget, material.finetune, loss, parameters, learning_rate=rate, seed=material.seed
    )
    n_parameters = sum(parameter.numel() for parameter in parameters)
    return Fitted(BackboneRanker(model), spent, n_parameters)


GRID: tuple[Settings, ...] = tuple({"learning_rate": rate} for rate in (1e-4, 3e-5, 3e-4, 1e-3))
METHOD = Method("full-finetune", fit, GRID)
