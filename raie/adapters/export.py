"""Write an adapter as PEFT does: any PEFT user can load a region's adapter.

The bytes depend on the adapter alone: keys are sorted and no path of this machine is recorded.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from safetensors.torch import save_file

from raie.adapters.files import CONFIG, WEIGHTS
from raie.adapters.store import AdapterState, load_config
from raie.params import AdapterParams


def save_adapter(
    state: AdapterState,
    folder: Path,
    *,
    params: AdapterParams,
    targets: Sequence[str],
    like: Path | None = None,
) -> None:
    """Write an adapter into ``folder``, which is created.

    Parameters
    ----------
    state : AdapterState
    folder : Path
    params : AdapterParams
        Those the adapter was trained with.
    targets : sequence of str
        The backbone's ``lora_targets``.
    like : Path, optional
        Folder of another adapter. Where it was made with the same settings its configuration is copied, and
        PEFT, whose import takes seconds, is not asked for one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if like is not None and _is_alike(load_config(like), params, targets):
        shutil.copyfile(like / CONFIG, folder / CONFIG)
    else:
        (folder / CONFIG).write_text(_configuration(params, targets), encoding="utf-8")
    save_file(state, folder / WEIGHTS, metadata={"format": "pt"})


def _is_alike(config: Mapping[str, Any], params: AdapterParams, targets: Sequence[str]) -> bool:
    wanted = {
        "r": params.rank,
        "lora_alpha": params.lora_alpha,
        "lora_dropout": params.dropout,
        "target_modules": sorted(targets),
    }
    return all(config.get(name) == value for name, value in wanted.items())


def _configuration(params: AdapterParams, targets: Sequence[str]) -> str:
    from raie.adapters.lora import lora_config

    document = lora_config(params, targets).to_dict()
    # PEFT keeps the targets as a set, whose order changes from run to run.
    document.update(target_modules=sorted(targets), inference_mode=True, base_model_name_or_path="backbone")
    return json.dumps(document, indent=2, sort_keys=True) + "\n"
