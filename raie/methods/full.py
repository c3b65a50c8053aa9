"""Full fine-tune: every weight of the backbone, items' vectors included, learns on Finetune."""

import copy

import numpy as np
from torch import Tensor

from raie.backbones.protocol import Backbone, Batch
from raie.methods.contract import Fitted, Material, Method, Settings
from raie.methods.fitting import next_item_loss, spend
from raie.methods.frozen import BackboneRanker


def fit(material: Material, settings: Settings, before: Fitted | None = None) -> Fitted:
    """Fine-tune a copy of the backbone, or of what was made of it before."""
    model = copy.deepcopy(_start(material, before)).eval().requires_grad_(True)

    def loss(batch: Batch, targets: Tensor, _: np.ndarray) -> Tensor:
        return next_item_loss(model(batch.items, batch.times), model.item_vectors(), targets)

    parameters = list(model.parameters())
    rate = float(settings["learning_rate"])
    spent = spend(
        material.budget, material.finetune, loss, parameters, learning_rate=rate, seed=material.seed
    )
    n_parameters = sum(parameter.numel() for parameter in parameters)
    return Fitted(BackboneRanker(model), spent, n_parameters)


def _start(material: Material, before: Fitted | None) -> Backbone:
    if before is None:
        return material.backbone
    assert isinstance(before.ranker, BackboneRanker)
    return before.ranker.backbone


GRID: tuple[Settings, ...] = tuple({"learning_rate": rate} for rate in (3e-4, 1e-4, 1e-3, 3e-3))
METHOD = Method("full-finetune", fit, GRID, evolves=True)
