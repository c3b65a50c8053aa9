"""The backbone under any region's adapter, one active at a time.

An adapter is applied by adding its product to the frozen weights, W + (alpha / r) B A, which serves at the
base's own speed and needs no PEFT (Hu et al. 2022, section 4.1). A fresh adapter, B = 0, leaves every weight
as it is.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from raie.adapters.files import DOWN, PREFIX, UP
from raie.adapters.fit import check_fit
from raie.adapters.store import AdapterState, load_adapter, load_config
from raie.backbones.batches import batch_of
from raie.backbones.protocol import Backbone
from raie.exceptions import MissingError, UsageError


@dataclass(frozen=True)
class _Adapter:
    state: AdapterState
    scale: float

    def product(self, layer: str) -> Tensor:
        down, up = (self.state[PREFIX + layer + end] for end in (DOWN, UP))
        return self.scale * (up @ down)


class AdapterBank:
    """States and scores of histories under any region's adapter.

    Parameters
    ----------
    backbone : Backbone
        Copied; the one passed in gets no adapter.
    folders : mapping of str to Path
        Adapter folder of each region, by region id.
    device : str or torch.device

    Raises
    ------
    MissingError
        If a folder holds no adapter.
    UsageError
        If an id holds a ".", or an adapter does not fit the backbone.
    """

    def __init__(
        self, backbone: Backbone, folders: Mapping[str, Path], *, device: str | torch.device = "cpu"
    ) -> None:
        self.device = torch.device(device)
        self.adapters = tuple(folders)
        """Ids of the resident adapters."""
        self._backbone = copy.deepcopy(backbone).to(self.device).eval()
        self._layers = _target_layers(self._backbone)
        self._frozen = {name: layer.weight.detach().clone() for name, layer in self._layers.items()}
        self._resident = {name: self._load(name, folder) for name, folder in folders.items()}
        self._active: str | None = None

    @torch.no_grad()
    def states(self, items: np.ndarray, times: np.ndarray, adapter: str | None) -> Tensor:
        """State the next item is scored from, (B, d) float32 on ``device``.

        Parameters
        ----------
        items : (B, L) int
            Left-padded item indices.
        times : (B, L) int
            UTC seconds, 0 where padded.
        adapter : str or None
            Region id; None: the base model.

        Raises
        ------
        MissingError
            If the bank holds no such adapter: a misspelt name never means the base.
        """
        self._activate(adapter)
        batch = batch_of(items, times, self.device)
        states: Tensor = self._backbone(batch.items, batch.times)
        return states

    @torch.no_grad()
    def scores(self, states: Tensor) -> Tensor:
        """Score every item: (B, d) -> (B, n_items + 1), padding at minus infinity."""
        return self._backbone.scores(states)

    def _activate(self, adapter: str | None) -> None:
        if adapter is not None and adapter not in self._resident:
            raise MissingError(f"no adapter '{adapter}': the bank holds {', '.join(self.adapters) or 'none'}")
        if adapter == self._active:
            return
        with torch.no_grad():
            for name, layer in self._layers.items():
                frozen = self._frozen[name]
                added = self._resident[adapter].product(name) if adapter is not None else None
                layer.weight.copy_(frozen if added is None else frozen + added)
        self._active = adapter

    def _load(self, region_id: str, folder: Path) -> _Adapter:
        if "." in region_id:
            raise UsageError(f"region id '{region_id}' holds a '.', which no adapter's name may")
        state, config = load_adapter(folder), load_config(folder)
        rank = int(config["r"])
        check_fit(state, expected=self._expected(rank), name=f"the adapter of {region_id}")
        on_device = {key: tensor.to(self.device) for key, tensor in state.items()}
        return _Adapter(on_device, float(config["lora_alpha"]) / rank)

    def _expected(self, rank: int) -> dict[str, Tensor]:
        shapes = {}
        for name, layer in self._layers.items():
            shapes[PREFIX + name + DOWN] = torch.empty(rank, layer.in_features, device="meta")
            shapes[PREFIX + name + UP] = torch.empty(layer.out_features, rank, device="meta")
        return shapes


def _target_layers(backbone: Backbone) -> dict[str, nn.Linear]:
    """Linear layers that adapters attach to: those whose name ends in a target, as PEFT matches them."""
    endings = tuple("." + target for target in backbone.lora_targets)
    return {
        name: module
        for name, module in backbone.named_modules()
        if isinstance(module, nn.Linear) and ("." + name).endswith(endings)
    }
