"""Adapters on disk: read, copied and checked without PEFT, whose import costs seconds."""

import json
import shutil
from pathlib import Path
from typing import Any

from safetensors.torch import load_file
from torch import Tensor

from raie.adapters.files import CONFIG, FILES, WEIGHTS, check_complete

AdapterState = dict[str, Tensor]
"""Tensors of one adapter under the names that PEFT writes, on the CPU."""


def load_adapter(folder: Path) -> AdapterState:
    """Read the tensors of an adapter, on the CPU.

    Raises
    ------
    MissingError
        If ``folder`` holds no adapter.
    """
    check_complete(folder)
    return dict(load_file(folder / WEIGHTS))


def copy_adapter(source: Path, destination: Path) -> None:
    """Copy an adapter's two files byte for byte into ``destination``, which is created.

    Raises
    ------
    MissingError
        If ``source`` holds no adapter.
    """
    check_complete(source)
    destination.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copyfile(source / name, destination / name)


def load_config(folder: Path) -> dict[str, Any]:
    """Read an adapter's configuration as PEFT wrote it.

    Raises
    ------
    MissingError
        If ``folder`` holds no adapter.
    """
    check_complete(folder)
    return dict(json.loads((folder / CONFIG).read_text(encoding="utf-8")))
