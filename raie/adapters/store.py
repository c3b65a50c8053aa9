"""Adapters on disk, as PEFT writes them: any PEFT user can load a region's adapter.

The bytes depend on the adapter alone: keys are sorted and no path of this machine is recorded.
"""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from peft.utils import CONFIG_NAME, SAFETENSORS_WEIGHTS_NAME
from safetensors.torch import load_file, save_file

from raie.adapters.lora import AdapterState, lora_config
from raie.exceptions import MissingError
from raie.params import AdapterParams

FILES: tuple[str, str] = (CONFIG_NAME, SAFETENSORS_WEIGHTS_NAME)
"""``adapter_config.json`` and ``adapter_model.safetensors``."""


def save_adapter(state: AdapterState, folder: Path, *, params: AdapterParams, targets: Sequence[str]) -> None:
    """Write an adapter into ``folder``, which is created.

    Parameters
    ----------
    state : AdapterState
    folder : Path
    params : AdapterParams
        Those the adapter was trained with.
    targets : sequence of str
        The backbone's ``lora_targets``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    document = lora_config(params, targets).to_dict()
    # PEFT keeps the targets as a set, whose order changes from run to run.
    document.update(target_modules=sorted(targets), inference_mode=True, base_model_name_or_path="backbone")
    config = json.dumps(document, indent=2, sort_keys=True) + "\n"
    (folder / CONFIG_NAME).write_text(config, encoding="utf-8")
    save_file(state, folder / SAFETENSORS_WEIGHTS_NAME, metadata={"format": "pt"})


def load_adapter(folder: Path) -> AdapterState:
    """Read the tensors of an adapter, on the CPU.

    Raises
    ------
    MissingError
        If ``folder`` holds no adapter.
    """
    check_complete(folder)
    return dict(load_file(folder / SAFETENSORS_WEIGHTS_NAME))


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


def check_complete(folder: Path) -> None:
    """Raise `MissingError` unless ``folder`` holds both files of an adapter."""
    for name in FILES:
        if not (folder / name).is_file():
            raise MissingError(f"no adapter at {folder}: {name} is missing, run the stage adapt first")
