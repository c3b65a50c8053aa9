"""A region set on disk: its arrays in safetensors, everything else in JSON."""

import json
from pathlib import Path

from safetensors.numpy import load_file, save_file

from raie.exceptions import MissingError
from raie.regions.regionset import RegionSet

ARRAYS = "regions.safetensors"
DOCUMENT = "regions.json"


def save_regions(regions: RegionSet, folder: Path) -> None:
    """Write a region set into ``folder``, which is created."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file(regions.to_arrays(), folder / ARRAYS)
    text = json.dumps(regions.to_document(), indent=2, sort_keys=True) + "\n"
    (folder / DOCUMENT).write_text(text, encoding="utf-8")


def load_regions(folder: Path) -> RegionSet:
    """Read a region set written by `save_regions`.

    Raises
    ------
    MissingError
        If a file is missing.
    """
    for name in (ARRAYS, DOCUMENT):
        if not (folder / name).is_file():
            raise MissingError(f"no regions at {folder}: {name} is missing, run the stage edit first")
    document = json.loads((folder / DOCUMENT).read_text(encoding="utf-8"))
    return RegionSet.from_parts(load_file(folder / ARRAYS), document)
