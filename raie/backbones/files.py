"""Names of a backbone's files, and the digest of those that never change; nothing here needs torch."""

import hashlib
from pathlib import Path

from raie.exceptions import MissingError

CONFIG = "backbone.json"
WEIGHTS = "model.safetensors"
ADDED = "items.safetensors"
GENESIS = (CONFIG, WEIGHTS)
"""The files that a night copies byte for byte."""

ROWS = "rows"
"""The only tensor of ``ADDED``."""


def backbone_digest(folder: Path) -> str:
    """SHA-256 of the genesis files, in hex: the same for every night of one backbone."""
    check_complete(folder)
    digest = hashlib.sha256()
    for name in GENESIS:
        digest.update(hashlib.sha256((folder / name).read_bytes()).digest())
    return digest.hexdigest()


def check_complete(folder: Path) -> None:
    """Raise `MissingError` unless ``folder`` holds all files of a backbone."""
    for name in (*GENESIS, ADDED):
        if not (folder / name).is_file():
            raise MissingError(f"no backbone at {folder}: {name} is missing, run the stage pretrain first")
