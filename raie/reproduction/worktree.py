"""A work tree at a tag, apart from the nights': made for one reproduction, removed when it ends."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from raie.exceptions import BusyError, UsageError
from raie.snapshots.git import git
from raie.snapshots.lock import WORK
from raie.snapshots.settings import share_settings

FOLDER = WORK / "reproductions"
NO_HOOKS = ("-c", "core.hooksPath=/dev/null")
"""A hook that DVC or an operator installed would act on the new work tree."""


@contextmanager
def one_reproduction(repository: Path) -> Iterator[Path]:
    """Scratch folder of one reproduction at a time, beside the nights' lock: neither waits for the other.

    What a killed reproduction left behind is cleared first.

    Raises
    ------
    BusyError
        If another reproduction is running.
    """
    folder = repository / FOLDER
    folder.parent.mkdir(exist_ok=True)
    lock = FileLock(folder.with_suffix(".lock"))
    try:
        lock.acquire(blocking=False)
    except Timeout as error:
        raise BusyError(f"another reproduction holds {lock.lock_file}; wait for it to end") from error
    try:
        _clear(repository, folder)
        folder.mkdir()
        yield folder
    finally:
        _clear(repository, folder)
        lock.release()


@contextmanager
def worktree_at(repository: Path, tag: str, path: Path, *, keep: bool) -> Iterator[Path]:
    """Check a tag out into a work tree of its own with the checkout's DVC cache and remotes.

    Parameters
    ----------
    repository : Path
        The operator's checkout; its branch, index and files stay as they are.
    tag : str
        Full name of the tag.
    path : Path
        Where the work tree comes to lie; nothing may be there.
    keep : bool
        Whether it stays when the context ends.
    """
    git(repository, *NO_HOOKS, "worktree", "add", "--quiet", "--detach", str(path), f"refs/tags/{tag}")
    try:
        share_settings(repository, path)
        yield path
    finally:
        if not keep:
            git(repository, "worktree", "remove", "--force", str(path))


def check_free(keep: Path | None) -> None:
    """Check that nothing lies where a work tree is to stay, before anything is made.

    Raises
    ------
    UsageError
    """
    if keep is not None and keep.exists():
        raise UsageError(f"--keep {keep} exists: name a folder that does not")


def scratch_path(folder: Path, name: str) -> Path:
    """Return a path below ``folder`` that does not exist yet."""
    return Path(tempfile.mkdtemp(dir=folder)) / name


def _clear(repository: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    git(repository, "worktree", "prune")
