"""DVC pointers: what a snapshot's lock file says about its outputs.

A night reads the previous snapshot's outputs under ``data/previous``. They are named there by the hash the
previous lock file holds, so that nothing is copied or rehashed and the chain can be checked from git alone.
A run that goes back to an earlier snapshot reads that one's outputs under ``data/restored`` in the same way.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from raie.exceptions import MissingError
from raie.snapshots.git import show

PREVIOUS = Path("data/previous")
RESTORED = Path("data/restored")
CARRIED = ("raw", "histories", "backbone", "regions", "adapters")
"""Outputs, each ``data/<name>``, that the next night starts from."""


def locked_outputs(lock_text: str) -> dict[str, dict[str, Any]]:
    """Outputs in a ``dvc.lock``: path -> its entry (hash, size, number of files)."""
    stages = yaml.safe_load(lock_text)["stages"].values()
    return {out["path"]: out for stage in stages for out in stage.get("outs", [])}


def locked_dependency(lock_text: str, stage: str, path: str) -> str:
    """MD5 that a stage's lock entry holds for one of its dependencies."""
    for dependency in yaml.safe_load(lock_text)["stages"][stage]["deps"]:
        if dependency["path"] == path:
            return str(dependency["md5"])
    raise MissingError(f"stage {stage} does not depend on {path}: was dvc.yaml changed?")


def write_previous(worktree: Path, previous_tag: str) -> list[str]:
    """Write one ``.dvc`` pointer per carried output of a tagged snapshot and return their paths."""
    return write_pointers(worktree, previous_tag, folder=PREVIOUS, names=CARRIED)


def write_pointers(worktree: Path, tag: str, *, folder: Path, names: Sequence[str]) -> list[str]:
    """Write a ``.dvc`` pointer for some outputs of a tagged snapshot into a folder; return their paths.

    Raises
    ------
    MissingError
        If the tag's lock file names no such output.
    """
    outputs = locked_outputs(show(worktree, tag, "dvc.lock"))
    (worktree / folder).mkdir(parents=True, exist_ok=True)
    pointers = []
    for name in names:
        entry = outputs.get(f"data/{name}")
        if entry is None:
            raise MissingError(f"{tag} holds no data/{name}: its dvc.lock is of another version")
        pointer, file = {"outs": [{**entry, "path": name}]}, folder / f"{name}.dvc"
        (worktree / file).write_text(yaml.safe_dump(pointer, sort_keys=False), encoding="utf-8")
        pointers.append(str(file))
    return pointers
