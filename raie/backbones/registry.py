"""Backbones by the name that ``params.yaml`` gives them."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import torch

from raie.backbones.protocol import Backbone
from raie.exceptions import UsageError
from raie.params import BackboneParams

# Imported on demand: transformers takes seconds that SASRec need not spend.
_PLACES = {
    "sasrec": ("raie.backbones.sasrec", "SASRec"),
    "bert4rec": ("raie.backbones.bert4rec", "BERT4Rec"),
    "tisasrec": ("raie.backbones.tisasrec", "TiSASRec"),
    "openp5": ("raie.backbones.openp5.making", "make_openp5"),
}
STORED_ARCHITECTURES = ("openp5",)
"""Backbones that params alone do not describe."""


def build_backbone(
    params: BackboneParams, n_items: int, seed: int, architecture: Mapping[str, Any] | None = None
) -> Backbone:
    """Make an untrained backbone, the same for the same seed.

    Parameters
    ----------
    params : BackboneParams
        The architecture.
    n_items : int
        Items of the vocabulary.
    seed : int
        Seed of the initial weights; the global generator is left as it was.
    architecture : mapping, optional
        `Backbone.architecture` of the one to build again.

    Raises
    ------
    UsageError
        If there are no items.
    """
    if n_items < 1:
        raise UsageError(f"a backbone of {n_items} items ranks nothing: give it more history")
    module, name = _PLACES[params.name]
    kind: Callable[..., Backbone] = getattr(import_module(module), name)
    known = () if architecture is None else (architecture,)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        backbone = kind(params, n_items, *known)
    return backbone.eval()
