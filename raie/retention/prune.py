"""Free the data of the snapshots that the policy does not keep; what git holds of them always stays."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dvc.lock import LockError
from dvc.repo import Repo

from raie.exceptions import BusyError, RefusedError, UsageError
from raie.retention.gc import Garbage, collect_garbage, list_garbage
from raie.retention.holds import needed_commits
from raie.retention.listings import missing_listings
from raie.retention.narrowed import clear, narrowed
from raie.retention.policy import reasons_to_keep
from raie.retention.subjects import list_subjects, unpushed
from raie.snapshots.cached import cache_folder
from raie.snapshots.dvc import dvc
from raie.snapshots.lock import WORK, single_run
from raie.snapshots.pruned import note_pruned, read_pruned
from raie.snapshots.remote import has_remote
from raie.snapshots.tags import PREFIX, resolve


@dataclass(frozen=True)
class Pruning:
    """What is kept and what is freed.

    Attributes
    ----------
    reasons : dict of str to tuple of str
        Why each tag's data are kept, by tag; none where they are freed.
    gone : frozenset of str
        Tags of which not all was in the cache before.
    garbage : Garbage
        What DVC frees; beside what only freed tags need, what no tag ever needed.
    opened : int
        Bytes of opened copies under ``.raie``.
    """

    reasons: dict[str, tuple[str, ...]]
    gone: frozenset[str]
    garbage: Garbage
    opened: int

    @property
    def freed(self) -> list[str]:
        """Tags whose data are freed."""
        return [ref for ref, why in self.reasons.items() if not why]


def prune(
    repository: Path, *, keep_days: int, dry: bool, remote: bool = False, own_cache: bool = False
) -> Pruning:
    """Free what no kept snapshot needs, through DVC's own garbage collection.

    With a default remote, what it lacks is pushed first. A kept snapshot keeps what it is made of and what it
    was made from. Killed at any moment, nothing that is kept is touched, and the next call frees the rest.

    Parameters
    ----------
    repository : Path
        Root of the operator's checkout.
    keep_days : int
        Every snapshot of so many days before the newest is kept.
    dry : bool
        Only say what would be freed.
    remote : bool
        Free the default remote too.
    own_cache : bool
        That a cache outside the repository serves no other one.

    Raises
    ------
    MissingError
        If there is no snapshot yet.
    UsageError
        If the cache may be shared.
    BusyError
        If a run or another DVC command is at work.
    TransientError or RaieError
        If the remote cannot be reached; nothing is freed.
    RefusedError
        If DVC could not tell what a kept snapshot needs.
    """
    resolve(repository, None)
    objects = _own_objects(repository, own_cache)
    with _alone(repository, dry=dry):
        if not (dry or remote) and has_remote(repository):
            _push(repository)
        needed = needed_commits(repository)
        reasons = reasons_to_keep(list_subjects(repository), keep_days=keep_days, needed=needed)
        for ref in unpushed(repository) & reasons.keys():
            reasons[ref] += ("not in the remote yet",)
        freed = [ref for ref, why in reasons.items() if not why]
        with narrowed(repository, without=freed) as clone:
            garbage = list_garbage(clone, cache=objects.parents[1], remote=remote)
            gone = missing_listings(repository, list(reasons), objects=objects)
            _check_known(repository, {ref: gone[ref] for ref in gone if reasons[ref]}, remote=remote)
            pruning = Pruning(reasons, frozenset(gone), garbage, _size_opened(repository, freed))
            if not dry:
                note_pruned(repository, freed, remote=remote)
                collect_garbage(clone, remote=remote)
                _drop_opened(repository, freed)
    return pruning


def _push(repository: Path) -> None:
    """What is freed here is to lie in the remote, also what a killed run or an older tag left out."""
    with narrowed(repository, without=()) as clone:
        dvc(clone, "push", "--all-tags")


def _own_objects(repository: Path, own_cache: bool) -> Path:
    objects = cache_folder(repository)
    if not (own_cache or objects.is_relative_to(repository)):
        raise UsageError(
            f"the cache {objects} lies outside the repository, and other repositories may use it: "
            "say --own-cache if none does"
        )
    return objects


@contextmanager
def _alone(repository: Path, *, dry: bool) -> Iterator[None]:
    """No run, and no DVC command in the checkout, may add to the cache while it is being cleaned."""
    if dry:
        yield
        return
    with single_run(repository, "snapshot prune"):
        clear(repository)
        try:
            with Repo(str(repository)).lock:
                yield
        except LockError as error:
            raise BusyError("a DVC command is at work in this repository: wait for it to end") from error


def _check_known(repository: Path, gone: dict[str, str], *, remote: bool) -> None:
    """Refuse to go on where a kept tag lacks a listing for no reason that is known.

    DVC would take the files it names for garbage. For those freed on purpose, in the same places, they are.
    """
    pruned = read_pruned(repository)
    for ref, folder in gone.items():
        if ref not in pruned or remote > pruned[ref]:
            raise RefusedError(
                f"{ref} is kept, but the listing of {folder} is neither in the cache nor in a remote: "
                "run dvc fetch --all-tags, or restore it, so that its files are not taken for garbage"
            )


def _opened(repository: Path, refs: Sequence[str]) -> list[Path]:
    return [repository / WORK / "opened" / ref.removeprefix(PREFIX) for ref in refs]


def _size_opened(repository: Path, refs: Sequence[str]) -> int:
    files = (file for folder in _opened(repository, refs) for file in folder.rglob("*"))
    return sum(file.stat().st_size for file in files if file.is_file())


def _drop_opened(repository: Path, refs: Sequence[str]) -> None:
    for folder in _opened(repository, refs):
        shutil.rmtree(folder, ignore_errors=True)
