"""What a snapshot stored, file by file: from git, or from DVC's cache and remote."""

import json
from collections.abc import Iterable
from pathlib import Path

from raie.exceptions import MissingError, RaieError
from raie.reproduction.outputs import Output
from raie.snapshots.cached import cache_folder
from raie.snapshots.dvc import dvc
from raie.snapshots.git import git, show

LOCK = "dvc.lock"


def stored_files(worktree: Path, output: Output, scratch: Path) -> dict[str, Path]:
    """Files of one output as the tag at HEAD holds it, by their path in the output, "" for a lone file.

    Parameters
    ----------
    worktree : Path
        Work tree at the tag.
    output : Output
        Of the tag's own lock file; in the cache, see `fetch_outputs`, unless git keeps it.
    scratch : Path
        Folder for what git keeps.

    Raises
    ------
    MissingError
        If the cache does not hold it.
    """
    if _in_git(worktree, output.path):
        file = scratch / output.path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(show(worktree, "HEAD", output.path) + "\n", encoding="utf-8")
        return {"": file}
    cache = cache_folder(worktree)
    if not output.md5.endswith(".dir"):
        return {"": _object(cache, output.md5)}
    listed = json.loads(_object(cache, output.md5).read_text(encoding="utf-8"))
    return {file["relpath"]: _object(cache, file["md5"]) for file in listed}


def fetch_outputs(worktree: Path, outputs: Iterable[Output]) -> None:
    """Bring stored outputs into the cache, as far as the remote holds what the cache lacks."""
    names = [output.path for output in outputs if not _in_git(worktree, output.path)]
    if not names:
        return
    lock = worktree / LOCK
    rebuilt = lock.read_bytes()
    git(worktree, "checkout", "--quiet", "HEAD", "--", LOCK)
    try:
        dvc(worktree, "fetch", *names)
    except RaieError:
        # what is missing still shows when it is read
        return
    finally:
        lock.write_bytes(rebuilt)


def _in_git(worktree: Path, path: str) -> bool:
    return bool(git(worktree, "ls-tree", "--name-only", "HEAD", "--", path))


def _object(cache: Path, md5: str) -> Path:
    path = cache / md5[:2] / md5[2:]
    if not path.is_file():
        raise MissingError(f"{path} is not in the cache: run dvc pull in the work tree")
    return path
