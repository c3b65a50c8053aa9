"""Where a pretraining stands after an epoch: one safetensors file, replaced in one step."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

Tensors = dict[str, Tensor]


@dataclass(frozen=True)
class Checkpoint:
    """Everything that the next epoch depends on.

    Attributes
    ----------
    fingerprint : str
        Digest of data, parameters and seed; a checkpoint of another run is not continued.
    epochs : list of dict
        The log so far, as JSON-able records.
    weights, best : dict of str to Tensor
        Weights after the last epoch, and of the best epoch.
    moments : dict of str to Tensor
        The optimiser's state, by parameter name and quantity.
    """

    fingerprint: str
    epochs: list[dict[str, Any]]
    weights: Tensors
    best: Tensors
    moments: Tensors

    def save(self, path: Path) -> None:
        """Write to ``path``; a crash leaves either the old file or the new one."""
        parts = {"weights": self.weights, "best": self.best, "moments": self.moments}
        tensors = {
            f"{part}/{name}": tensor.detach().cpu().contiguous()
            for part, named in parts.items()
            for name, tensor in named.items()
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        save_file(tensors, partial, {"fingerprint": self.fingerprint, "epochs": json.dumps(self.epochs)})
        with partial.open("rb") as written:
            os.fsync(written.fileno())
        partial.replace(path)


def load_checkpoint(path: Path, fingerprint: str) -> Checkpoint | None:
    """Read the checkpoint at ``path``; None if there is none of this run, or it cannot be read."""
    if not path.is_file():
        return None
    try:
        return _read(path, fingerprint)
    except (SafetensorError, ValueError, LookupError, TypeError):
        return None  # training begins anew, and writes another


def _read(path: Path, fingerprint: str) -> Checkpoint | None:
    parts: dict[str, Tensors] = {"weights": {}, "best": {}, "moments": {}}
    with safe_open(path, "pt") as file:
        about = file.metadata() or {}
        if about.get("fingerprint") != fingerprint:
            return None
        for key in file.keys():  # noqa: SIM118 (not a mapping)
            part, name = key.split("/", 1)
            parts[part][name] = file.get_tensor(key)
    return Checkpoint(fingerprint, json.loads(about["epochs"]), **parts)


def moments_of(optimizer: torch.optim.Optimizer, module: nn.Module) -> Tensors:
    """Name the optimiser's state by the parameter it belongs to."""
    return {
        f"{quantity}/{name}": value
        for name, parameter in module.named_parameters()
        for quantity, value in optimizer.state[parameter].items()
    }


def restore_moments(optimizer: torch.optim.Optimizer, module: nn.Module, moments: Tensors) -> None:
    """Give the optimiser back the state that `moments_of` named."""
    parameters = dict(module.named_parameters())
    for key, value in moments.items():
        quantity, name = key.split("/", 1)
        parameter = parameters[name]
        optimizer.state[parameter][quantity] = value.to(parameter.device)
