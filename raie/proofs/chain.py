"""The chain: which tags there are, and in which order they are proved."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from raie.exceptions import MissingError
from raie.proofs.gitobjects import TAGS, Objects
from raie.proofs.legible import legible
from raie.proofs.link import read_link
from raie.proofs.mismatch import MismatchError, restore_tag
from raie.proofs.witnessing import check_gone
from raie.snapshots.git import inherited
from raie.snapshots.tags import CANDIDATE_PREFIX, PREFIX, list_snapshots, resolve

BROKEN = "ignoring broken ref "


def chain_to(repository: Path, objects: Objects, snapshot: str | None, seen: Mapping[str, str]) -> list[str]:
    """Snapshots from genesis to the one that is asked for, which may be a candidate.

    Parameters
    ----------
    snapshot : str or None
        Id, or a candidate's tag; None means the newest snapshot.
    seen : mapping of str to str
        Commit of every snapshot's tag that was seen before, by id.

    Raises
    ------
    MismatchError
        If a tag is damaged or gone.
    MissingError
        If there is no such snapshot.
    """
    _refuse_broken(repository)
    snapshots = list_snapshots(repository)
    check_gone(snapshots, seen)
    asked = resolve(repository, snapshot)
    if not asked.startswith(CANDIDATE_PREFIX):
        return snapshots[: snapshots.index(asked) + 1]
    with legible(asked):
        previous = read_link(objects, asked).night["previous"]
    if previous is not None and previous not in snapshots:
        raise MissingError(f"{asked} was made after {previous}, whose tag is not here: git fetch --tags")
    return [*snapshots[: snapshots.index(previous) + 1 if previous else 0], asked]


def _refuse_broken(repository: Path) -> None:
    """Name the first tag that names nothing at all: git leaves it out of its lists with a warning."""
    patterns = [TAGS + prefix for prefix in (PREFIX, CANDIDATE_PREFIX)]
    done = subprocess.run(
        ["git", "for-each-ref", "--format=%(refname)", *patterns],
        cwd=repository,
        env={**inherited(), "LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=False,
    )
    for line in done.stderr.splitlines():
        if BROKEN in line:
            tag = line.partition(BROKEN)[2].removeprefix(TAGS)
            raise MismatchError(
                tag, "the tag", expected="a commit", found="a broken ref", remedy=restore_tag(tag)
            )
