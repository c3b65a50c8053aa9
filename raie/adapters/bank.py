"""The backbone with the adapters of all regions resident, one of them active at a time."""

import copy
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from peft import PeftModel
from torch import Tensor

from raie.adapters.lora import check_fit, own_generator, state_of
from raie.adapters.store import load_adapter
from raie.backbones.batches import batch_of
from raie.backbones.protocol import Backbone
from raie.exceptions import MissingError, UsageError


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
        self._stack: PeftModel | None = None
        for region_id, folder in folders.items():
            self._add(region_id, folder)

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
        batch = batch_of(items, times, self.device)
        if adapter is not None:
            self._activate(adapter)
            states: Tensor = self._backbone(batch.items, batch.times)
        elif self._stack is None:
            states = self._backbone(batch.items, batch.times)
        else:
            with self._stack.disable_adapter():
                states = self._backbone(batch.items, batch.times)
        return states

    @torch.no_grad()
    def scores(self, states: Tensor) -> Tensor:
        """Score every item: (B, d) -> (B, n_items + 1), padding at minus infinity."""
        return self._backbone.scores(states)

    def _activate(self, adapter: str) -> None:
        if self._stack is None or adapter not in self._stack.peft_config:
            raise MissingError(f"no adapter '{adapter}': the bank holds {', '.join(self.adapters) or 'none'}")
        self._stack.set_adapter(adapter, inference_mode=True)

    def _add(self, region_id: str, folder: Path) -> None:
        if "." in region_id:
            raise UsageError(f"region id '{region_id}' holds a '.', which no adapter's name may")
        state = load_adapter(folder)
        try:
            self._stack = self._stacked(region_id, folder)
        except RuntimeError as error:
            fault = f"the adapter of {region_id} in {folder} does not fit the backbone"
            raise UsageError(f"{fault}: use the one trained on it") from error
        check_fit(state, expected=state_of(self._stack, region_id), name=f"the adapter of {region_id}")

    def _stacked(self, region_id: str, folder: Path) -> PeftModel:
        # PEFT draws initial weights before it overwrites them with the stored ones.
        with own_generator(0, self.device):
            options = {"adapter_name": region_id, "torch_device": str(self.device)}
            if self._stack is None:
                return PeftModel.from_pretrained(self._backbone, str(folder), **options)
            self._stack.load_adapter(str(folder), **options)
        return self._stack
