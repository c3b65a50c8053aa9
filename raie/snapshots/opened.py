"""A snapshot's outputs on disk again: fetched from DVC's cache or remote, kept for the next reader."""

import json
import shutil
import tempfile
from pathlib import Path

from dvc.api import DVCFileSystem
from dvc_data.index import DataIndexDirError

from raie.exceptions import MissingError
from raie.params import Params
from raie.snapshots.copies import opened_folder
from raie.snapshots.history import manifest_of
from raie.snapshots.pruned import read_pruned
from raie.snapshots.remedy import how_to_fetch
from raie.snapshots.tags import tag_of


def open_output(repository: Path, snapshot: str, name: str) -> Path:
    """Folder that holds ``data/<name>`` as of a snapshot or candidate; read it, never write to it.

    Raises
    ------
    MissingError
        If neither the cache nor a remote holds it, with the command to run.
    """
    tag, folder = tag_of(snapshot), opened_folder(repository, snapshot, name)
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=folder.parent))
    try:
        files = DVCFileSystem(str(repository), rev=tag)
        files.get(f"data/{name}", str(scratch / name), recursive=True)
        _settle(scratch / name, folder)
    except (FileNotFoundError, DataIndexDirError) as error:
        freed = tag in read_pruned(repository)
        why = "was freed by raie snapshot prune, and no remote has it" if freed else "is not in the cache"
        remedy = how_to_fetch(repository)
        raise MissingError(f"snapshot {snapshot}: data/{name} {why}: {remedy}") from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return folder


def _settle(fetched: Path, folder: Path) -> None:
    """Give what was fetched its name; another reader may have done so meanwhile, with the same bytes."""
    try:
        fetched.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise


def params_of(repository: Path, snapshot: str) -> Params:
    """Parameters that a snapshot was made with."""
    return Params.model_validate(json.loads(json.dumps(manifest_of(repository, snapshot)["params"])))
