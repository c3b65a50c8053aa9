"""One run at a time: an operating system lock that dies with its holder."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from raie.exceptions import BusyError

WORK = Path(".raie")
"""Folder, inside the repository and ignored by git, for the lock, work trees and opened snapshots."""

CHECKPOINTS = "RAIE_CHECKPOINTS"
"""Environment variable: where a stage keeps its checkpoint, outside the work tree it runs in."""

SECONDS_PER_MINUTE = 60


@contextmanager
def single_run(repository: Path, holder: str, *, wait_minutes: float = 0.0) -> Iterator[None]:
    """Hold the repository's lock.

    Parameters
    ----------
    repository : Path
        Root of the operator's checkout.
    holder : str
        Name of the run, told to whoever finds the lock taken.
    wait_minutes : float
        How long to wait for another run to end.

    Raises
    ------
    BusyError
        If another run holds it still, naming that run, its process and its start.
    """
    folder = repository / WORK
    folder.mkdir(exist_ok=True)
    # beside the lock: whoever asks for a lock file empties it
    note = folder / "holder.json"
    lock = FileLock(folder / "lock")
    try:
        lock.acquire(timeout=wait_minutes * SECONDS_PER_MINUTE, poll_interval=0.5)
    except Timeout as error:
        raise BusyError(
            f"another run holds {folder / 'lock'}{_holder(note)}; wait for it to end and run again"
        ) from error
    try:
        _write_note(note, holder)
        yield
    finally:
        note.unlink(missing_ok=True)
        lock.release()


def _write_note(note: Path, holder: str) -> None:
    since = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    document = {"run": holder, "process": os.getpid(), "since": since}
    scratch = note.with_suffix(".new")
    scratch.write_text(json.dumps(document), encoding="utf-8")
    scratch.replace(note)


def _holder(note: Path) -> str:
    """What the holder said of itself; nothing in the moment before it has."""
    try:
        document = json.loads(note.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ""
    return ": {run}, process {process}, since {since}".format(**document)
