"""How far an adapter changed: the Frobenius norm of the difference of its products, from the files alone."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

from raie.adapters.files import CONFIG, DOWN, PREFIX, UP, WEIGHTS
from raie.adapters.norms import layers_of
from raie.comparison.state import State

Tensors = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class AdapterChange:
    """Change of one region's adapter over all its layers.

    Attributes
    ----------
    norm : float
        Frobenius norm of alpha/r B A after, less the same before.
    relative : float or None
        ``norm`` over the norm before; None if that is 0, as before the first training.
    """

    norm: float
    relative: float | None


def adapter_changes(before: State, after: State, regions: list[str]) -> dict[str, AdapterChange]:
    """Change of each region's adapter, regions in both snapshots, which share a backbone."""
    names = [f"data/adapters/{region}/{file}" for region in regions for file in (WEIGHTS, CONFIG)]
    one, other = before.files(names), after.files(names)
    return {region: _change(*(_adapter(files, region) for files in (one, other))) for region in regions}


def product_distance(one: Tensors, other: Tensors, *, scales: tuple[float, float]) -> float:
    """Frobenius norm of ``scales[1] B'A' - scales[0] B A`` over all layers of two adapters.

    Parameters
    ----------
    one, other : mapping of str to array
        Tensors under PEFT's names: A is (r, in), B is (out, r); an adapter without tensors is 0.
    scales : tuple of float
        alpha / r of each.
    """
    layers = {*layers_of(one), *layers_of(other)}
    squares = (_squared(layer, (one, -scales[0]), (other, scales[1])) for layer in sorted(layers))
    return float(np.sqrt(sum(squares)))


def _squared(layer: str, *terms: tuple[Tensors, float]) -> float:
    """Squared norm of a sum of products, without forming one: sum of (U'U)(VV')."""
    ups, downs = [], []
    for state, scale in terms:
        if PREFIX + layer + UP in state:
            ups.append(scale * np.asarray(state[PREFIX + layer + UP], np.float64))
            downs.append(np.asarray(state[PREFIX + layer + DOWN], np.float64))
    up, down = np.hstack(ups), np.vstack(downs)
    return max(0.0, float(np.sum((up.T @ up) * (down @ down.T))))


def _change(one: tuple[Path, Path], other: tuple[Path, Path]) -> AdapterChange:
    if one == other:
        # the cache keeps equal files once
        return AdapterChange(0.0, 0.0)
    before, after = load_file(one[0]), load_file(other[0])
    scales = _scale(one[1]), _scale(other[1])
    norm = product_distance(before, after, scales=scales)
    length = product_distance({}, before, scales=(0.0, scales[0]))
    return AdapterChange(norm, norm / length if length else None)


def _adapter(files: Mapping[str, Path], region: str) -> tuple[Path, Path]:
    return files[f"data/adapters/{region}/{WEIGHTS}"], files[f"data/adapters/{region}/{CONFIG}"]


def _scale(config: Path) -> float:
    document = json.loads(config.read_text(encoding="utf-8"))
    return float(document["lora_alpha"]) / float(document["r"])
