"""The backbone under the adapters of all regions at once: every row of a batch under its own."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from raie.adapters.files import BASE, UP
from raie.adapters.fit import check_base
from raie.adapters.stack import Stack
from raie.adapters.stackedlinear import LowRank, Mounted
from raie.adapters.store import AdapterState, load_adapter, load_config
from raie.backbones.batches import batch_of
from raie.backbones.device import autocast, usable_device
from raie.backbones.protocol import Backbone
from raie.exceptions import MissingError, UsageError

_BASE = 0
"""Entry of the adapter that adds nothing."""


class AdapterBank:
    """States and scores of histories, each under any region's adapter.

    A row's adapter is multiplied with that row alone: what a row gets depends neither on the other rows of
    its batch nor on how many adapters of its rank are resident.

    Parameters
    ----------
    backbone : Backbone
        Copied; the one passed in gets no adapter.
    folders : mapping of str to Path
        Adapter folder of each region, by region id. Ranks may differ.
    base : str, optional
        `backbone_digest` of ``backbone``: an adapter that says it was made for another is refused.
    device : str or torch.device
    precision : {"float32", "bfloat16"}
        Of the products inside the backbone; states and scores are float32 either way.

    Raises
    ------
    MissingError
        If a folder holds no adapter.
    UsageError
        If an id holds a ".", an adapter does not fit the backbone, or device or precision is unknown.
    """

    def __init__(
        self,
        backbone: Backbone,
        folders: Mapping[str, Path],
        *,
        base: str | None = None,
        device: str | torch.device = "cpu",
        precision: str = "float32",
    ) -> None:
        self.device, self._precision = usable_device(device), precision
        autocast(precision, self.device)  # refuses another precision here and now
        self.adapters = tuple(folders)
        """Ids of the resident adapters."""
        self._mounted = Mounted(backbone, self.device)
        self._entries: dict[str | None, int] = {None: _BASE}
        self._entries |= {name: place for place, name in enumerate(folders, start=1)}
        for name, folder in folders.items():
            check_base(load_config(folder).get(BASE), expected=base, name=f"the adapter of {name}")
        self._matrices = self._resident(backbone, folders)

    @torch.no_grad()
    def states(self, items: np.ndarray, times: np.ndarray, adapters: Sequence[str | None]) -> Tensor:
        """State the next item is scored from, (B, d) float32 on ``device``.

        Parameters
        ----------
        items : (B, L) int
            Left-padded item indices.
        times : (B, L) int
            UTC seconds, 0 where padded.
        adapters : sequence of str or None
            Region id of each row; None: the base model.

        Raises
        ------
        MissingError
            If the bank holds no such adapter: a misspelt name never means the base.
        UsageError
            If the number of adapters is not B.
        """
        entries = [self._entry(adapter) for adapter in adapters]
        if not len(items):
            return torch.zeros(0, self._mounted.backbone.params.dim, device=self.device)
        if len(entries) != len(items):
            raise UsageError(f"{len(entries)} adapters for {len(items)} histories: name one for each")
        if any(entries):
            self._mounted.carry(self._matrices, torch.tensor(entries, device=self.device))
        else:
            self._mounted.carry({})
        batch = batch_of(items, times, self.device)
        with autocast(self._precision, self.device):
            states: Tensor = self._mounted.backbone(batch.items, batch.times)
        return states.float()

    @torch.no_grad()
    def scores(self, states: Tensor) -> Tensor:
        """Score every item: (B, d) -> (B, n_items + 1), padding at minus infinity."""
        return self._mounted.backbone.scores(states)

    @torch.no_grad()
    def item_vectors(self) -> Tensor:
        """Vectors that score items, (n_items + 1, d): no adapter changes them."""
        return self._mounted.backbone.item_vectors()

    def _entry(self, adapter: str | None) -> int:
        if adapter not in self._entries:
            raise MissingError(f"no adapter '{adapter}': the bank holds {', '.join(self.adapters) or 'none'}")
        return self._entries[adapter]

    def _resident(self, backbone: Backbone, folders: Mapping[str, Path]) -> dict[str, LowRank]:
        scaled = [_load(backbone, name, folder) for name, folder in folders.items()]
        stack = Stack.on(backbone, rank=max((rank for rank, _ in scaled), default=1))
        rows = stack.pack([{}, *(state for _, state in scaled)]).to(self.device)
        # Each layer's own, side by side: that is how they are picked.
        return {
            layer: LowRank(down.contiguous(), up.contiguous())
            for layer, (down, up) in stack.matrices(rows).items()
        }


def _load(backbone: Backbone, region_id: str, folder: Path) -> tuple[int, AdapterState]:
    """Rank and tensors of an adapter, its scale alpha / r multiplied into B."""
    if "." in region_id:
        raise UsageError(f"region id '{region_id}' holds a '.', which no adapter's name may")
    state, config = load_adapter(folder), load_config(folder)
    rank, scale = int(config["r"]), float(config["lora_alpha"]) / int(config["r"])
    Stack.on(backbone, rank=rank).check(state, name=f"the adapter of {region_id}")
    return rank, {key: scale * tensor if key.endswith(UP) else tensor for key, tensor in state.items()}
