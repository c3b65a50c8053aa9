"""How far adapters move the layers they sit on, from the files alone and without torch."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import load_file

from raie.adapters.files import CONFIG, DOWN, PREFIX, UP, WEIGHTS, check_complete
from raie.backbones.files import WEIGHTS as FROZEN

Tensors = Mapping[str, NDArray[Any]]


def relative_norms(state: Tensors, frozen: Tensors, *, scale: float) -> dict[str, float]:
    """Frobenius norm of each layer's product over that of its frozen weight: |scale B A| / |W|.

    Parameters
    ----------
    state : mapping of str to array
        An adapter's tensors under PEFT's names: A is (r, in), B is (out, r).
    frozen : mapping of str to array
        Frozen weights, (out, in), by layer.
    scale : float
        alpha / r.

    Returns
    -------
    dict of str to float
        By layer, sorted; 0 for a fresh adapter, infinite on a weight of zeros.
    """
    return {layer: _relative_norm(state, layer, frozen[layer], scale) for layer in layers_of(state)}


def layers_of(state: Tensors) -> list[str]:
    """Layers that an adapter's tensors sit on, sorted."""
    return sorted(name[len(PREFIX) : -len(UP)] for name in state if name.endswith(UP))


def adapter_norm(folder: Path, backbone: Path) -> dict[str, float]:
    """Largest and mean of an adapter's relative norms over its layers: ``max`` and ``mean``.

    Parameters
    ----------
    folder : Path
        The adapter's files.
    backbone : Path
        Folder of the backbone below it.

    Raises
    ------
    MissingError
        If ``folder`` holds no adapter.
    """
    check_complete(folder)
    state, config = load_file(folder / WEIGHTS), json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    with safe_open(backbone / FROZEN, "numpy") as weights:
        frozen = {layer: weights.get_tensor(f"{layer}.weight") for layer in layers_of(state)}
    norms = list(relative_norms(state, frozen, scale=config["lora_alpha"] / config["r"]).values())
    return {"max": max(norms), "mean": float(np.mean(norms))}


def _relative_norm(state: Tensors, layer: str, weight: NDArray[Any], scale: float) -> float:
    down, up = (np.asarray(state[PREFIX + layer + end], np.float64) for end in (DOWN, UP))
    # |BA|^2 is the sum of (B'B)(AA'), r by r; einsum, because BLAS rounds as its threads have it.
    squared = np.sum(np.einsum("or,os->rs", up, up) * np.einsum("ri,si->rs", down, down))
    length = np.linalg.norm(np.asarray(weight, np.float64))
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(scale * np.sqrt(max(squared, 0.0)) / length)
