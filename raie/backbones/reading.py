"""Stored files of models: one that was cut short or is of another kind is one clear line."""

import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from raie.exceptions import UsageError


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Read all tensors of a safetensors file, on the CPU.

    Raises
    ------
    UsageError
        If it is no such file, or not all of one.
    """
    try:
        return dict(load_file(path))
    except (SafetensorError, ValueError) as error:
        raise UsageError(f"{path} is no whole safetensors file: take it from its snapshot again") from error


def read_document(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises
    ------
    UsageError
        If the file holds none.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UsageError(f"{path} is no JSON document: take it from its snapshot again") from error
    if not isinstance(document, dict):
        raise UsageError(f"{path} holds no JSON object: take it from its snapshot again")
    return document
