"""The commit that each snapshot's tag named when it was first seen here.

Unlike the index this cannot be made anew, so it is a file of its own. Every tag but the newest is named by
the commit of the next one; that the newest was moved can be seen only here.
"""

import json
import os
from pathlib import Path

from raie.exceptions import RefusedError
from raie.snapshots.lock import WORK

FILE = WORK / "witness.json"


def read_witness(repository: Path) -> dict[str, str]:
    """Commits by snapshot id; none where nothing was seen yet.

    Raises
    ------
    RefusedError
        If the file is not what was written.
    """
    path = repository / FILE
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise RefusedError(
            f"{path} is not JSON: delete it and prove the newest root hash by raie snapshot verify --expect"
        )
    return document


def add_to_witness(repository: Path, commits: dict[str, str]) -> None:
    """Note the commits of ids that were not seen before; call it only while holding the index's lock."""
    seen = read_witness(repository)
    if commits.keys() <= seen.keys():
        return
    path = repository / FILE
    scratch = path.with_suffix(".new")
    with scratch.open("w", encoding="utf-8") as stream:
        json.dump({**commits, **seen}, stream, indent=2, sort_keys=True)
        stream.write("\n")
        stream.flush()
        os.fsync(stream.fileno())
    scratch.replace(path)
