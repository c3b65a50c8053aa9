"""Backbones by the name that ``params.yaml`` gives them."""

from importlib import import_module

import torch

from raie.backbones.protocol import Backbone
from raie.params import BackboneParams

# Imported on demand: transformers takes seconds that SASRec need not spend.
_PLACES = {"sasrec": ("raie.backbones.sasrec", "SASRec"), "bert4rec": ("raie.backbones.bert4rec", "BERT4Rec")}


def build_backbone(params: BackboneParams, n_items: int, seed: int) -> Backbone:
    """Make an untrained backbone, the same for the same seed.

    Parameters
    ----------
    params : BackboneParams
        The architecture.
    n_items : int
        Items of the vocabulary.
    seed : int
        Seed of the initial weights; the global generator is left as it was.
    """
    module, name = _PLACES[params.name]
    kind: type[Backbone] = getattr(import_module(module), name)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        backbone = kind(params, n_items)
    return backbone.eval()
