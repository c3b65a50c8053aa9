"""LoRA on a backbone: the configuration, a model with one adapter, the tensors of an adapter."""

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from peft.utils import get_peft_model_state_dict, set_peft_model_state_dict

from raie.adapters.fit import check_fit
from raie.adapters.store import AdapterState
from raie.backbones.protocol import Backbone
from raie.params import AdapterParams

_NAME = "default"


def lora_config(params: AdapterParams, targets: Sequence[str]) -> LoraConfig:
    """Configure a LoRA whose B starts at zero, so that a fresh adapter equals its base (METHOD 5)."""
    return LoraConfig(
        r=params.rank,
        lora_alpha=params.lora_alpha,
        lora_dropout=params.dropout,
        target_modules=sorted(targets),
        bias="none",
        init_lora_weights=True,
    )


def attach(backbone: Backbone, *, params: AdapterParams, start: AdapterState | None = None) -> PeftModel:
    """Put one trainable adapter on a copy of the backbone, all else frozen.

    The first matrix is drawn from torch's global generator: call within `own_generator`.

    Raises
    ------
    UsageError
        If ``start`` belongs to another backbone or rank.
    """
    model = get_peft_model(copy.deepcopy(backbone), lora_config(params, backbone.lora_targets))
    if start is not None:
        check_fit(start, expected=state_of(model, _NAME), name="the adapter to start from")
        set_peft_model_state_dict(model, start, adapter_name=_NAME)
    return model


def state_of(model: PeftModel, name: str = _NAME) -> AdapterState:
    """Copy the tensors of a model's adapter to the CPU."""
    state = get_peft_model_state_dict(model, adapter_name=name, save_embedding_layers=False)
    return {key: state[key].detach().cpu().clone().contiguous() for key in sorted(state)}


def fresh_adapter(backbone: Backbone, *, params: AdapterParams, seed: int) -> AdapterState:
    """Return an untrained adapter, which gives the backbone's outputs exactly."""
    with own_generator(seed, torch.device("cpu")):
        return state_of(attach(backbone, params=params))


@contextmanager
def own_generator(seed: int, device: torch.device) -> Iterator[None]:
    """Seed torch's generator of initial weights and dropout, and put it back as it was."""
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(seed)
        yield
