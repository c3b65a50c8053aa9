"""What was freed here on purpose, so that whoever asks for it is told so."""

import json
from collections.abc import Iterable
from pathlib import Path

from raie.snapshots.lock import WORK

PRUNED = WORK / "pruned.json"


def read_pruned(repository: Path) -> dict[str, bool]:
    """Tags whose data were freed, and whether from the remote too; they may have been fetched again since."""
    try:
        document = json.loads((repository / PRUNED).read_text(encoding="utf-8"))
        return {str(ref): bool(remote) for ref, remote in document.items()}
    except (FileNotFoundError, ValueError, AttributeError):
        # a note to explain by: without it less is explained
        return {}


def note_pruned(repository: Path, refs: Iterable[str], *, remote: bool) -> None:
    """Note tags whose data are about to be freed; call it only while holding the lock."""
    before, file = read_pruned(repository), repository / PRUNED
    noted = before | {ref: remote or before.get(ref, False) for ref in refs}
    scratch = file.with_suffix(".new")
    scratch.write_text(json.dumps(noted, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    scratch.replace(file)
