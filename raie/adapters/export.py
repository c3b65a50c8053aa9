"""Write an adapter as PEFT does: any PEFT user can load a region's adapter.

The bytes depend on the adapter alone: keys are sorted and no path of this machine is recorded.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from safetensors.torch import save_file

from raie.adapters.files import CONFIG, WEIGHTS
from raie.adapters.lora import lora_config
from raie.adapters.store import AdapterState
from raie.params import AdapterParams


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
    (folder / CONFIG).write_text(config, encoding="utf-8")
    save_file(state, folder / WEIGHTS, metadata={"format": "pt"})
