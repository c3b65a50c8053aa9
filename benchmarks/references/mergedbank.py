"""Regions served one after another: an adapter's product is added to the weights, its rows are scored.

What `raie.adapters.bank` did before it served mixed batches (Hu et al. 2022, section 4.1).
"""

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from raie.adapters.files import DOWN, PREFIX, UP
from raie.adapters.store import AdapterState, load_adapter, load_config
from raie.backbones.batches import batch_of
from raie.backbones.protocol import Backbone


class MergedBank:
    """Scores of rows, region by region.

    Parameters
    ----------
    backbone : Backbone
        Copied.
    folders : mapping of str to Path
        Adapter folder of each region.
    """

    def __init__(self, backbone: Backbone, folders: Mapping[str, Path]) -> None:
        self._backbone = copy.deepcopy(backbone).eval()
        self._adapters = {
            name: (load_adapter(folder), load_config(folder)) for name, folder in folders.items()
        }
        reached = {key[len(PREFIX) : -len(UP)] for state, _ in self._adapters.values() for key in state}
        modules = dict(self._backbone.named_modules())
        layers = {name: modules[name] for name in reached if name in modules}
        self._layers = {name: layer for name, layer in layers.items() if isinstance(layer, nn.Linear)}
        self._frozen = {name: layer.weight.detach().clone() for name, layer in self._layers.items()}

    @torch.no_grad()
    def scores(self, items: np.ndarray, times: np.ndarray, adapters: Sequence[str]) -> Tensor:
        """Score every item for each row, (B, n_items + 1): (B, L) items and times, a region per row."""
        served_by = np.asarray(adapters)
        scores = torch.empty(len(items), self._backbone.n_items + 1)
        for region in np.unique(served_by):
            self._merge(str(region))
            rows = np.flatnonzero(served_by == region)
            batch = batch_of(items[rows], times[rows], torch.device("cpu"))
            scores[rows] = self._backbone.scores(self._backbone(batch.items, batch.times))
        return scores

    def _merge(self, region: str) -> None:
        state, config = self._adapters[region]
        for name, layer in self._layers.items():
            layer.weight.copy_(self._frozen[name] + _product(state, config, name))


def _product(state: AdapterState, config: Mapping[str, float], layer: str) -> Tensor:
    down, up = (state[PREFIX + layer + end] for end in (DOWN, UP))
    return config["lora_alpha"] / config["r"] * (up @ down)
