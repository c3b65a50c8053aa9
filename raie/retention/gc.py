"""DVC's own garbage collection, in a clone that knows what is to be kept."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from raie.snapshots.dvc import dvc

# --force: DVC would ask, and nobody answers. It also passes over listings that are missing: see `prune`.
_COLLECT = ("gc", "--workspace", "--all-branches", "--all-tags", "--all-experiments", "--force")
_REMOVING = "Removing "


@dataclass(frozen=True)
class Garbage:
    """What nothing needs that is kept.

    Attributes
    ----------
    objects, size : int
        In DVC's cache, and their bytes.
    remote_objects : int
        In the default remote; 0 where it was not looked at.
    """

    objects: int
    size: int
    remote_objects: int


def list_garbage(clone: Path, *, cache: Path, remote: bool) -> Garbage:
    """What `collect_garbage` would remove: DVC's dry run.

    Parameters
    ----------
    clone : Path
        As `raie.retention.narrowed.narrowed` makes it.
    cache : Path
        DVC's cache.
    remote : bool
        Whether to look at the default remote too.
    """
    paths: list[Path] = []

    def note(line: str) -> None:
        if line.startswith(_REMOVING):
            paths.append(Path(line.removeprefix(_REMOVING)))

    _gc(clone, "--dry", remote=remote, on_line=note)
    local = [path for path in paths if path.is_relative_to(cache)]
    size = sum(path.stat().st_size for path in local)
    return Garbage(len(local), size, len(paths) - len(local))


def collect_garbage(clone: Path, *, remote: bool) -> None:
    """Remove it. Listings go before the files they name: killed halfway, no freed snapshot looks whole."""
    _gc(clone, remote=remote)


def _gc(clone: Path, *more: str, remote: bool, on_line: Callable[[str], None] | None = None) -> None:
    dvc(clone, *_COLLECT, *more, *(["--cloud"] if remote else []), on_line=on_line)
