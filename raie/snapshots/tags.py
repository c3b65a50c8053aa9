"""Tags of snapshots and of refused candidates: one annotated tag per run, made by plumbing.

The tagged commit's parents are the commit whose code ran and the previous snapshot, so that the chain of
nights can be walked with git alone.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from raie.exceptions import MissingError, UsageError
from raie.snapshots.git import git
from raie.snapshots.ids import (
    CANDIDATE_PREFIX,
    PREFIX,
    checked_date,
    checked_id,
    date_of,
    is_id,
    numbered_after,
    order_of,
    tag_of,
)

__all__ = [
    "CANDIDATE_PREFIX",
    "PREFIX",
    "checked_date",
    "checked_id",
    "date_of",
    "free_id",
    "latest",
    "list_candidates",
    "list_snapshots",
    "order_of",
    "ref_of",
    "resolve",
    "tag_candidate",
    "tag_of",
    "tag_snapshot",
]

_BEGIN = "run raie construct; in a clone, git fetch --tags first"


def list_snapshots(repository: Path) -> list[str]:
    """Ids of all snapshots, oldest first: by date, then by number."""
    return _ids(repository, PREFIX)


def latest(repository: Path) -> str | None:
    """Id of the newest snapshot, or None before genesis."""
    snapshots = list_snapshots(repository)
    return snapshots[-1] if snapshots else None


def resolve(repository: Path, snapshot: str | None) -> str:
    """Check that a snapshot, or a candidate named by its tag, exists; None means the newest snapshot.

    Raises
    ------
    MissingError
        If there is no such snapshot, naming those nearby.
    """
    if snapshot is not None and snapshot.startswith(CANDIDATE_PREFIX):
        return ref_of(repository, snapshot)
    known = list_snapshots(repository)
    if not known:
        raise MissingError(f"there is no snapshot yet: {_BEGIN}")
    if snapshot is None:
        return known[-1]
    identifier = checked_id(snapshot)
    if identifier not in known:
        tag = CANDIDATE_PREFIX + identifier
        refused = f"; it was refused: {tag}" if identifier in list_candidates(repository) else ""
        raise MissingError(f"no snapshot {identifier}: the newest are {', '.join(known[-3:])}{refused}")
    return identifier


def tag_snapshot(
    worktree: Path, *, snapshot: str, previous: str | None, tracked: Sequence[str], message: str
) -> str:
    """Commit ``tracked`` paths of a work tree on top of its HEAD and tag the commit.

    Parameters
    ----------
    worktree : Path
        Work tree the stages ran in; its HEAD is the commit whose code ran.
    snapshot, previous : str
        Ids; the previous snapshot becomes the second parent.
    tracked : sequence of str
        Paths, relative to the work tree, whose present state (or absence) the commit records.
    message : str
        First line of the commit and of the tag.

    Returns
    -------
    str
        Id of the commit.

    Raises
    ------
    UsageError
        If the id is none, or the tag exists already.
    """
    tag = tag_of(snapshot)
    if checked_id(snapshot) in list_snapshots(worktree):
        raise UsageError(f"snapshot {snapshot} exists already: pick a later date")
    return _tag(worktree, tag, previous, tracked, message)


def list_candidates(repository: Path) -> list[str]:
    """Ids of all refused candidates, oldest first: a date, with ``-2`` and so on behind it if tried again."""
    return _ids(repository, CANDIDATE_PREFIX)


def free_id(repository: Path, date: str) -> str:
    """Id for one more snapshot of a date: one that neither a snapshot nor a candidate has."""
    return numbered_after(checked_date(date), [*list_snapshots(repository), *list_candidates(repository)])


def tag_candidate(
    worktree: Path, *, snapshot: str, previous: str | None, tracked: Sequence[str], message: str
) -> str:
    """Keep a refused candidate as `tag_snapshot` does a snapshot, under the first free number of its date."""
    free = numbered_after(checked_id(snapshot), list_candidates(worktree))
    return _tag(worktree, CANDIDATE_PREFIX + free, previous, tracked, message)


def ref_of(repository: Path, name: str) -> str:
    """Full tag of a snapshot or a candidate, by its id or by the tag itself; an id means the snapshot first.

    Raises
    ------
    UsageError
        If it is no id.
    MissingError
        If there is no such snapshot or candidate, naming the newest.
    """
    identifier = name.removeprefix(PREFIX).removeprefix(CANDIDATE_PREFIX)
    if not is_id(identifier):
        raise UsageError(f"{name!r} is not a date: write YYYY-MM-DD, or YYYY-MM-DD-2 for the second of it")
    snapshots = [PREFIX + each for each in list_snapshots(repository)]
    candidates = [CANDIDATE_PREFIX + each for each in list_candidates(repository)]
    for tag in (PREFIX + identifier, CANDIDATE_PREFIX + identifier):
        if tag.endswith(name) and tag in snapshots + candidates:
            return tag
    known = ", ".join(snapshots[-3:] + candidates[-3:]) or f"none, {_BEGIN}"
    raise MissingError(f"no snapshot or candidate {name}: the newest are {known}")


def _tag(worktree: Path, tag: str, previous: str | None, tracked: Sequence[str], message: str) -> str:
    with tempfile.TemporaryDirectory() as scratch:
        index = {"GIT_INDEX_FILE": str(Path(scratch) / "index")}
        git(worktree, "read-tree", "HEAD", env=index)
        git(worktree, "add", "--all", "--", *tracked, env=index)
        tree = git(worktree, "write-tree", env=index)
    parents = ["-p", "HEAD"] + (["-p", tag_of(previous) + "^{commit}"] if previous else [])
    commit = git(worktree, "commit-tree", tree, *parents, "-m", message)
    git(worktree, "tag", "--annotate", "--no-sign", tag, commit, "-m", message)
    return commit


def _ids(repository: Path, prefix: str) -> list[str]:
    names = git(repository, "tag", "--list", prefix + "*").splitlines()
    # other tags under the prefix are somebody else's
    return sorted(filter(is_id, (name.removeprefix(prefix) for name in names)), key=order_of)
