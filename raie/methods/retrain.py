"""A new backbone trained on Set-up and Finetune together: the upper reference, at many times the cost."""

from raie.backbones.pretrain import pretrain
from raie.backbones.registry import build_backbone
from raie.methods.contract import Fitted, Material, Method, Settings, Spent
from raie.methods.frozen import BackboneRanker
from raie.sequences.training import cut_rows


def fit(material: Material, settings: Settings) -> Fitted:
    """Pretrain anew as the backbone was; the newest events choose the epoch and are not learnt from."""
    old, params = material.backbone, material.pretrain
    model = build_backbone(old.params, old.n_items, seed=material.seed)
    log = pretrain(model, material.everything, material.newest, params=params, seed=material.seed)
    n_rows = len(cut_rows(material.everything, old.params.max_length))
    epochs = len(log.epochs)
    return Fitted(
        BackboneRanker(model),
        Spent(epochs * -(-n_rows // params.batch_size), epochs * n_rows),
        sum(parameter.numel() for parameter in model.parameters()),
    )


METHOD = Method("retrain", fit)
