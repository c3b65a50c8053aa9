"""What DVC pointers name, on disk: from the cache, or else from the remote."""

from collections.abc import Sequence
from pathlib import Path

from raie.exceptions import MissingError, RaieError
from raie.snapshots.dvc import dvc
from raie.snapshots.remote import has_remote


def check_out(worktree: Path, pointers: Sequence[Path | str]) -> None:
    """Bring back what pointers name.

    Parameters
    ----------
    worktree : Path
    pointers : sequence of Path or str
        ``.dvc`` files in the work tree.

    Raises
    ------
    MissingError
        If it is not in the cache and no remote is set.
    RaieError
        If the remote cannot be reached or lacks it too.
    """
    names = [str((worktree / pointer).relative_to(worktree)) for pointer in pointers]
    if not names:
        return
    try:
        dvc(worktree, "checkout", *names)
    except RaieError as error:
        if not has_remote(worktree):
            raise MissingError(
                f"not all of {', '.join(names)} is in the cache, and no remote is set to fetch it from: "
                "was it freed by raie snapshot prune? Set one with dvc remote add --local --default"
            ) from error
        dvc(worktree, "pull", *names)
