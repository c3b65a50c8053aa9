"""A new backbone trained on Set-up and Finetune together: the upper reference, at many times the cost."""

from raie.backbones.pretrain import pretrain
from raie.backbones.registry import build_backbone
from raie.methods.contract import Fitted, Material, Method, Settings
from raie.methods.frozen import BackboneRanker
from raie.params import PretrainParams
from raie.sequences.training import cut_rows


def fit(material: Material, settings: Settings) -> Fitted:
    """Pretrain anew; the newest events choose the epoch."""
    old = material.backbone
    model = build_backbone(old.params, old.n_items, seed=material.seed)
    params = PretrainParams(epochs=int(settings["epochs"]), learning_rate=float(settings["learning_rate"]))
    log = pretrain(model, material.everything, material.newest, params=params, seed=material.seed)
    n_rows = len(cut_rows(material.everything, old.params.max_length))
    return Fitted(
        BackboneRanker(model),
        steps=len(log.epochs) * -(-n_rows // params.batch_size),
        examples=len(log.epochs) * n_rows,
        trained_parameters=sum(parameter.numel() for parameter in model.parameters()),
    )


METHOD = Method("retrain", fit, ({"epochs": 12, "learning_rate": 2e-3},))
