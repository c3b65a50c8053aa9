"""Holds: an annotated tag on a snapshot's commit says that its data stay, and why."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from raie.exceptions import MissingError, UsageError
from raie.snapshots.git import git
from raie.snapshots.lock import single_run
from raie.snapshots.tags import CANDIDATE_PREFIX, PREFIX, ref_of

HOLD = "hold/"
_FORMAT = "%(objectname)%09%(*objectname)%09%(refname)%09%(contents:subject)%09."


def hold(repository: Path, name: str, *, reason: str) -> str:
    """Keep the data of a snapshot, or of a candidate named by its tag, until `release`.

    Returns
    -------
    str
        The tag that holds it.

    Raises
    ------
    UsageError
        If it is held already, or the reason is no single line.
    MissingError
        If there is no such snapshot.
    BusyError
        If a run or a prune is at work, which might be freeing it.
    """
    ref = ref_of(repository, name)
    if not reason.strip() or len(reason.splitlines()) != 1:
        raise UsageError(f"reason {reason!r} is not one line: say in a few words why it is held")
    tag = hold_of(ref)
    if git(repository, "tag", "--list", tag):
        raise UsageError(f"{ref} is held already: raie snapshot release {name} takes the hold away")
    with single_run(repository, "snapshot hold"):
        git(repository, "tag", "--annotate", "--no-sign", f"--message={reason}", tag, f"{ref}^{{commit}}")
    return tag


def release(repository: Path, name: str) -> str:
    """Take a hold away; the policy decides again.

    Returns
    -------
    str
        The snapshot's or candidate's own tag.

    Raises
    ------
    MissingError
        If it is not held, or there is no such snapshot.
    """
    ref = ref_of(repository, name)
    if not git(repository, "tag", "--list", hold_of(ref)):
        raise MissingError(f"{ref} is not held: raie snapshot prune --dry-run says why a snapshot is kept")
    git(repository, "tag", "--delete", hold_of(ref))
    return ref


def hold_of(ref: str) -> str:
    """Tag that holds a snapshot's or candidate's tag."""
    return HOLD + ref.removeprefix(PREFIX)


def needed_commits(repository: Path) -> dict[str, list[str]]:
    """What else needs a commit's data: holds, other tags, branches, and work trees that stand at it.

    Returns
    -------
    dict of str to list of str
        Reasons by commit.
    """
    reasons = defaultdict(list)
    for commit, reason in (*_named(repository), *checked_out(repository)):
        reasons[commit].append(reason)
    return dict(reasons)


def checked_out(repository: Path) -> Iterator[tuple[str, str]]:
    """Commit of every work tree of the repository, with the words that say so."""
    folder = ""
    for line in git(repository, "worktree", "list", "--porcelain").splitlines():
        word, _, value = line.partition(" ")
        if word == "worktree":
            folder = value
        elif word == "HEAD":
            yield value, f"checked out in {folder}"


def _named(repository: Path) -> Iterator[tuple[str, str]]:
    lines = git(repository, "for-each-ref", f"--format={_FORMAT}", "refs/heads", "refs/tags").splitlines()
    for own, peeled, name, about in (line.split("\t", 3) for line in lines):
        kind, short = name.removeprefix("refs/").split("/", 1)
        commit, subject = peeled or own, about.removesuffix("\t.")
        if kind == "heads":
            yield commit, f"branch {short}"
        elif short.startswith(HOLD):
            yield commit, f"held: {subject}"
        elif not short.startswith((PREFIX, CANDIDATE_PREFIX)):
            yield commit, f"tag {short}"
