"""Files as arrays and documents, by the ending of their name; nothing is unpickled."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from safetensors.numpy import load_file

NO_EFFECT = ("k_proj.bias", "key.bias")
"""Attention's key bias adds the same to all scores of a query, which softmax takes out again: its gradient
is rounding alone, and the optimiser scales that up."""


def _tensors(path: Path) -> dict[str, NDArray[Any]]:
    return {name: array for name, array in load_file(path).items() if not name.endswith(NO_EFFECT)}


def _table(path: Path) -> dict[str, NDArray[Any]]:
    frame = pd.read_parquet(path)
    return {str(name): _column(frame[name]) for name in frame.columns}


def _column(values: "pd.Series[Any]") -> NDArray[Any]:
    array = np.asarray(values.to_numpy())
    return array if array.dtype.kind in "fiubM" else np.asarray(values.to_numpy(object))


def _json(path: Path) -> Any:
    document = json.loads(path.read_text(encoding="utf-8"))
    if isinstance(document, dict) and "root_hash" in document:
        # a manifest: on what it was made is told by itself
        document.pop("environment", None)
    return document


def _json_lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def _array(path: Path) -> NDArray[Any]:
    return np.asarray(np.load(path, allow_pickle=False))


FORMS: dict[str, Callable[[Path], Any]] = {
    ".safetensors": _tensors,
    ".npy": _array,
    ".parquet": _table,
    ".json": _json,
    ".jsonl": _json_lines,
}
