"""One run at a time: an operating system lock that dies with its holder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from raie.exceptions import BusyError

WORK = Path(".raie")
"""Folder, inside the repository and ignored by git, for the lock, work trees and opened snapshots."""

CHECKPOINTS = "RAIE_CHECKPOINTS"
"""Environment variable: where a stage keeps its checkpoint, outside the work tree it runs in."""


@contextmanager
def single_run(repository: Path) -> Iterator[None]:
    """Hold the repository's lock.

    Raises
    ------
    BusyError
        At once, if another run holds it.
    """
    folder = repository / WORK
    folder.mkdir(exist_ok=True)
    lock = FileLock(folder / "lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise BusyError(f"another run holds {folder / 'lock'}: wait for it to end and run again") from error
    try:
        yield
    finally:
        lock.release()
