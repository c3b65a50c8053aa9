"""Names of an adapter's files and tensors, as PEFT writes them; nothing here needs torch."""

from pathlib import Path

from raie.datastore.files import ODDS
from raie.exceptions import MissingError

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"
FILES: tuple[str, str] = (CONFIG, WEIGHTS)
"""An adapter's files."""

OWNED = (*FILES, ODDS)
"""All that a region learnt; odds are not there before it has."""

BASE = "revision"
"""In ``CONFIG``, PEFT's name for the version of the base model: here the digest of its files."""

PREFIX = "base_model.model."
DOWN, UP = ".lora_A.weight", ".lora_B.weight"
"""A tensor's name is ``PREFIX``, the layer's name and one of these."""


def check_complete(folder: Path) -> None:
    """Raise `MissingError` unless ``folder`` holds both files of an adapter."""
    for name in FILES:
        if not (folder / name).is_file():
            raise MissingError(f"no adapter at {folder}: {name} is missing, run the stage adapt first")
