"""A clone that knows all of a repository's refs but some tags, and shares its objects and DVC's cache.

DVC keeps what any ref that it can see needs. In such a clone it sees just what is to be kept, and reads that
from the tags itself; those of the repository are never touched.
"""

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dvc.config import Config

from raie.retention.holds import checked_out
from raie.snapshots.git import git
from raie.snapshots.lock import WORK
from raie.snapshots.settings import share_settings

SCRATCH = WORK / "retention"
_DVC_FILES = ("*.dvc", "*dvc.yaml", "*dvc.lock", "*params.yaml", "*.dvcignore")


@contextmanager
def narrowed(repository: Path, *, without: Iterable[str]) -> Iterator[Path]:
    """Make the clone, and remove it afterwards.

    Its checkout holds the operator's own DVC files as they lie there, committed or not, so that DVC's
    ``--workspace`` means theirs; every work tree's commit is kept like a tag.

    Parameters
    ----------
    repository : Path
    without : iterable of str
        Tags that the clone is not to know.
    """
    (repository / SCRATCH).mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=repository / SCRATCH))
    try:
        # mirror: branches and DVC's experiments under their own names
        git(repository, "clone", "--quiet", "--mirror", "--shared", str(repository), str(folder / ".git"))
        git(folder, "config", "core.bare", "false")
        for number, (commit, _) in enumerate(checked_out(repository)):
            git(folder, "tag", f"checked-out/{number}", commit)
        for tag in without:
            git(folder, "update-ref", "-d", f"refs/tags/{tag}")
        _copy_workspace(repository, folder)
        _configure(repository, folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def clear(repository: Path) -> None:
    """Remove clones that a killed call left behind; call it only while holding the lock."""
    shutil.rmtree(repository / SCRATCH, ignore_errors=True)


def _copy_workspace(repository: Path, folder: Path) -> None:
    listed = git(
        repository, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *_DVC_FILES
    )
    for name in filter(None, listed.split("\0")):
        if (repository / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(repository / name, folder / name)


def _configure(repository: Path, folder: Path) -> None:
    """Settings as they hold in the repository, which go before those committed in a tag."""
    share_settings(repository, folder)
    with Config(str(folder / ".dvc")).edit("local") as local:
        # what DVC remembers of a checkout goes with this one
        local["core"]["site_cache_dir"] = str(folder / ".dvc" / "site")
