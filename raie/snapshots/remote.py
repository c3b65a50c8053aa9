"""DVC's default remote: what a failed push left out is remembered and made up for."""

from pathlib import Path

from raie.exceptions import RaieError, TransientError
from raie.snapshots.dvc import dvc, dvc_config
from raie.snapshots.lock import WORK

UNPUSHED = WORK / "unpushed"
"""Ids of snapshots whose push has not succeeded, one per line."""


def push_outputs(repository: Path, worktree: Path, snapshot: str) -> bool:
    """Copy a run's outputs to the default remote; after an earlier failure, those of every tag.

    Returns
    -------
    bool
        Whether there is a default remote.

    Raises
    ------
    TransientError
        If the remote cannot be reached or refuses, with DVC's last error line.
    """
    if not dvc_config(repository)["core"].get("remote"):
        return False
    file = repository / UNPUSHED
    waiting = set(file.read_text(encoding="utf-8").split()) if file.exists() else set()
    file.write_text("\n".join(sorted({*waiting, snapshot})) + "\n", encoding="utf-8")
    behind = ["--all-tags"] if waiting - {snapshot} else []
    try:
        dvc(worktree, "push", *behind)
    except RaieError as error:
        again = "the next run pushes it too, or by hand: dvc push --all-tags"
        raise TransientError(f"{error}; {again}") from error
    file.unlink()
    return True
