"""A mixed batch as PEFT serves it: ``adapter_names``, a loop over the adapters in every layer."""

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from peft import PeftModel, get_peft_model
from peft.utils import set_peft_model_state_dict
from torch import Tensor

from raie.adapters.lora import lora_config
from raie.adapters.store import load_adapter
from raie.backbones.batches import batch_of
from raie.backbones.protocol import Backbone
from raie.params import AdapterParams


class PeftBank:
    """All regions' adapters on one PEFT model.

    Parameters
    ----------
    backbone : Backbone
        Copied.
    folders : mapping of str to Path
        Adapter folder of each region.
    params : AdapterParams
        Those the adapters were trained with.
    """

    def __init__(self, backbone: Backbone, folders: Mapping[str, Path], *, params: AdapterParams) -> None:
        config = lora_config(params, backbone.lora_targets)
        first, *others = folders
        self._model: PeftModel = get_peft_model(copy.deepcopy(backbone), config, adapter_name=first)
        for name in others:
            self._model.add_adapter(name, config)
        for name, folder in folders.items():
            set_peft_model_state_dict(self._model, load_adapter(folder), adapter_name=name)
        self._model.eval()

    @torch.no_grad()
    def scores(self, items: np.ndarray, times: np.ndarray, adapters: Sequence[str]) -> Tensor:
        """Score every item for each row, (B, n_items + 1): (B, L) items and times, a region per row."""
        batch = batch_of(items, times, torch.device("cpu"))
        states = self._model(batch.items, batch.times, adapter_names=list(adapters))
        scores: Tensor = self._model.get_base_model().scores(states)
        return scores
