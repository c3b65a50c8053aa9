"""The only reader of ``params.yaml``."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from raie.exceptions import UsageError
from raie.params.document import Params

PARAMS_FILE = Path("params.yaml")


def load_params(path: Path = PARAMS_FILE) -> Params:
    """Read and check ``params.yaml``.

    Raises
    ------
    UsageError
        If the file is missing, is not YAML, or holds an unknown key or a value out of range.
    """
    if not path.is_file():
        raise UsageError(f"{path} does not exist: run inside a RAIE repository")
    try:
        loaded: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text: save it as UTF-8") from error
    except yaml.YAMLError as error:
        raise UsageError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from error
    if loaded is not None and not isinstance(loaded, Mapping):
        raise UsageError(f"{path} must hold sections of key: value, found {type(loaded).__name__}")
    try:
        return Params.model_validate(loaded or {})
    except ValidationError as error:
        raise UsageError(f"{path}: {_first_fault(error)}") from error


def _first_fault(error: ValidationError) -> str:
    fault = error.errors()[0]
    where = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"unknown key '{where}': remove it or correct its spelling"
    if isinstance(fault["input"], Mapping):  # of keys that do not go together: the message names them
        return ": ".join(filter(None, [where, fault["msg"].removeprefix("Value error, ")]))
    return f"{where} = {fault['input']!r}: {fault['msg']}"
