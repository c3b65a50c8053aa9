"""Adapters on disk: read, copied and checked without PEFT, whose import costs seconds."""

import shutil
from pathlib import Path
from typing import Any

from torch import Tensor

from raie.adapters.files import CONFIG, OWNED, WEIGHTS, check_complete
from raie.backbones.reading import read_document, read_tensors
from raie.exceptions import UsageError

AdapterState = dict[str, Tensor]
"""Tensors of one adapter under the names that PEFT writes, on the CPU."""

_OTHER_PRODUCTS = ("use_rslora", "use_dora", "rank_pattern", "alpha_pattern")
"""Settings of PEFT under which an adapter adds something else than alpha / r B A."""


def load_adapter(folder: Path) -> AdapterState:
    """Read the tensors of an adapter, on the CPU.

    Raises
    ------
    MissingError
        If ``folder`` holds no adapter.
    """
    check_complete(folder)
    return read_tensors(folder / WEIGHTS)


def copy_adapter(source: Path, destination: Path) -> None:
    """Copy what a region owns byte for byte into ``destination``, which is created.

    Raises
    ------
    MissingError
        If ``source`` holds no adapter.
    """
    check_complete(source)
    destination.mkdir(parents=True, exist_ok=True)
    for name in OWNED:
        if (source / name).is_file():
            shutil.copyfile(source / name, destination / name)


def load_config(folder: Path) -> dict[str, Any]:
    """Read an adapter's configuration as PEFT wrote it.

    Raises
    ------
    MissingError
        If ``folder`` holds no adapter.
    UsageError
        If it describes none, or one whose product is not alpha / r B A on every layer.
    """
    check_complete(folder)
    config = read_document(folder / CONFIG)
    numbers = [config.get(name) for name in ("r", "lora_alpha")]
    if not all(isinstance(number, int | float) and number > 0 for number in numbers):
        raise UsageError(f"{folder / CONFIG}: r, lora_alpha = {numbers}, both must be positive numbers")
    for name in _OTHER_PRODUCTS:
        if config.get(name):
            raise UsageError(f"{folder / CONFIG}: {name} = {config[name]} is not supported: train it without")
    return config
