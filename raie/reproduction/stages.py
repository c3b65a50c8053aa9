"""A snapshot's stages once more, every one of them, by the tag's own code."""

import re
from collections.abc import Callable
from pathlib import Path

from raie.snapshots.dvc import dvc
from raie.snapshots.lock import CHECKPOINTS, WORK

FORCED = ("--force", "--no-run-cache", "--no-commit")
"""Compute, whatever DVC remembers; leave neither outputs nor runs in the shared cache."""
_RUNNING = re.compile(r"Running stage '(.+)'")

Tell = Callable[[str], None]


def input_pointers(worktree: Path) -> list[Path]:
    """Pointers of what the stages start from: the delivery and outputs of earlier snapshots."""
    return sorted((worktree / "data").rglob("*.dvc"))


def force_stages(worktree: Path, tell: Tell) -> None:
    """Run every stage, telling its name as it begins."""

    def on_line(line: str) -> None:
        found = _RUNNING.match(line)
        if found:
            tell(found.group(1))

    # the work tree's own raie, even where the environment forbids imports from the working folder
    own = {"PYTHONPATH": str(worktree), CHECKPOINTS: str(worktree / WORK / "checkpoints")}
    dvc(worktree, "repro", *FORCED, env=own, on_line=on_line)
