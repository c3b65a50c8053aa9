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
    if not has_remote(repository):
        return False
    waiting = note_unpushed(repository, snapshot)
    behind = ["--all-tags"] if waiting - {snapshot} else []
    try:
        dvc(worktree, "push", *behind)
    except RaieError as error:
        again = "the next run pushes it too, or by hand: dvc push --all-tags"
        raise TransientError(f"{error}; {again}") from error
    (repository / UNPUSHED).unlink()
    return True


def has_remote(repository: Path) -> bool:
    """Whether a default remote is set."""
    return bool(dvc_config(repository)["core"].get("remote"))


def note_unpushed(repository: Path, snapshot: str) -> set[str]:
    """Note that a snapshot is on this machine alone, and return all that are.

    Noted before its tag is set: a run killed behind it must not look as if it had been pushed.
    """
    file = repository / UNPUSHED
    waiting = {*(file.read_text(encoding="utf-8").split() if file.exists() else ()), snapshot}
    file.parent.mkdir(exist_ok=True)
    file.write_text("\n".join(sorted(waiting)) + "\n", encoding="utf-8")
    return waiting
