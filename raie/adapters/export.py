"""Write an adapter as PEFT does: any PEFT user can load a region's adapter.

The bytes depend on the adapter alone: keys are sorted and no path of this machine is recorded.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from safetensors.torch import save_file

from raie.adapters.files import BASE, CONFIG, WEIGHTS
from raie.adapters.store import AdapterState, load_config
from raie.params import AdapterParams


def save_adapter(
    state: AdapterState,
    folder: Path,
    *,
    params: AdapterParams,
    targets: Sequence[str],
    base: str | None = None,
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
    base : str, optional
        `backbone_digest` of the backbone it was made for, by which `AdapterBank` knows it again.
    like : Path, optional
        Folder of another adapter. Where it was made with the same settings its configuration is taken, and
        PEFT, whose import takes seconds, is not asked for one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    config = load_config(like) if like else None
    if config is None or not _is_alike(config, params, targets):
        config = _configuration(params, targets)
    text = json.dumps(config | {BASE: base}, indent=2, sort_keys=True) + "\n"
    (folder / CONFIG).write_text(text, encoding="utf-8")
    save_file(state, folder / WEIGHTS, metadata={"format": "pt"})


def _is_alike(config: Mapping[str, Any], params: AdapterParams, targets: Sequence[str]) -> bool:
    wanted = {
        "r": params.rank,
        "lora_alpha": params.lora_alpha,
        "lora_dropout": params.dropout,
        "target_modules": sorted(targets),
    }
    return all(config.get(name) == value for name, value in wanted.items())


def _configuration(params: AdapterParams, targets: Sequence[str]) -> dict[str, Any]:
    from raie.adapters.lora import lora_config

    # PEFT keeps the targets as a set, whose order changes from run to run.
    fixed = {"target_modules": sorted(targets), "inference_mode": True, "base_model_name_or_path": "backbone"}
    return {**lora_config(params, targets).to_dict(), **fixed}
