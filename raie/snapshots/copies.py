"""Where a snapshot's outputs lie once `raie.snapshots.opened` has copied them for readers."""

from pathlib import Path

from raie.snapshots.ids import PREFIX, tag_of
from raie.snapshots.lock import WORK


def opened_folder(repository: Path, snapshot: str, name: str) -> Path:
    """Folder of the copy of ``data/<name>`` of a snapshot or candidate, there or not."""
    return repository / WORK / "opened" / tag_of(snapshot).removeprefix(PREFIX) / name
