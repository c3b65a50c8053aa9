"""Tags of snapshots and of refused candidates: one annotated tag per run, made by plumbing.

The tagged commit's parents are the commit whose code ran and the previous snapshot, so that the chain of
nights can be walked with git alone.
"""

import datetime
import itertools
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from raie.exceptions import MissingError, UsageError
from raie.snapshots.git import git

PREFIX = "snapshot/"
CANDIDATE_PREFIX = "candidate/"
_NUMBERED = re.compile(r"-([2-9]|[1-9][0-9]+)")


def checked_id(snapshot: str) -> str:
    """Return the id if it is an ISO date, so that it may stand in a tag, a path or a command."""
    identifier = snapshot.removeprefix(PREFIX)
    if not _is_date(identifier):
        raise UsageError(f"snapshot id {snapshot!r} is not a date: write YYYY-MM-DD")
    return identifier


def tag_of(name: str) -> str:
    """Tag of a snapshot id; a candidate is named by its tag."""
    identifier = name.removeprefix(CANDIDATE_PREFIX)
    if name.startswith(CANDIDATE_PREFIX) and _is_candidate(identifier):
        return name
    return PREFIX + checked_id(name)


def list_snapshots(repository: Path) -> list[str]:
    """Ids of all snapshots, oldest first."""
    names = git(repository, "tag", "--list", PREFIX + "*").splitlines()
    # other tags under the prefix are somebody else's
    return sorted(filter(_is_date, (name.removeprefix(PREFIX) for name in names)))


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
        raise MissingError("there is no snapshot yet: run raie construct")
    if snapshot is None:
        return known[-1]
    identifier = checked_id(snapshot)
    if identifier not in known:
        raise MissingError(f"no snapshot {identifier}: the newest are {', '.join(known[-3:])}")
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
        If the id is not a date, or the tag exists already.
    """
    tag = tag_of(snapshot)
    if checked_id(snapshot) in list_snapshots(worktree):
        raise UsageError(f"snapshot {snapshot} exists already: pick a later date")
    return _tag(worktree, tag, previous, tracked, message)


def list_candidates(repository: Path) -> list[str]:
    """Ids of all refused candidates, oldest first: a date, with ``-2`` and so on behind it if tried again."""
    names = git(repository, "tag", "--list", CANDIDATE_PREFIX + "*").splitlines()
    ids = (name.removeprefix(CANDIDATE_PREFIX) for name in names)
    return sorted(filter(_is_candidate, ids), key=lambda each: (each[:10], int(each[11:] or 1)))


def tag_candidate(
    worktree: Path, *, snapshot: str, previous: str | None, tracked: Sequence[str], message: str
) -> str:
    """Keep a refused candidate as `tag_snapshot` does a snapshot, under the first free number of its date."""
    identifier, taken = checked_id(snapshot), set(list_candidates(worktree))
    numbered = (f"{identifier}-{number}" for number in itertools.count(2))
    free = next(each for each in itertools.chain([identifier], numbered) if each not in taken)
    return _tag(worktree, CANDIDATE_PREFIX + free, previous, tracked, message)


def ref_of(repository: Path, name: str) -> str:
    """Full tag of a snapshot or a candidate, by its id or by the tag itself; an id means the snapshot first.

    Raises
    ------
    UsageError
        If it is neither a date nor a date with a number.
    MissingError
        If there is no such snapshot or candidate, naming the newest.
    """
    identifier = name.removeprefix(PREFIX).removeprefix(CANDIDATE_PREFIX)
    if not _is_candidate(identifier):
        raise UsageError(f"{name!r} is not a date: write YYYY-MM-DD, or YYYY-MM-DD-2 for a second candidate")
    snapshots = [PREFIX + each for each in list_snapshots(repository)]
    candidates = [CANDIDATE_PREFIX + each for each in list_candidates(repository)]
    for tag in (PREFIX + identifier, CANDIDATE_PREFIX + identifier):
        if tag.endswith(name) and tag in snapshots + candidates:
            return tag
    known = ", ".join(snapshots[-3:] + candidates[-3:]) or "none, run raie construct"
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


def _is_candidate(text: str) -> bool:
    return _is_date(text[:10]) and (len(text) == 10 or _NUMBERED.fullmatch(text[10:]) is not None)


def _is_date(text: str) -> bool:
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
