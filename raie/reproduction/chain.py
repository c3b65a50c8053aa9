"""Every snapshot from genesis on, each from what the ones before it were just made into."""

from collections.abc import Iterator
from pathlib import Path

import yaml

from raie.exceptions import RefusedError
from raie.reproduction.compare import compare
from raie.reproduction.shelf import Shelf
from raie.reproduction.stages import Tell, force_stages, input_pointers
from raie.reproduction.verdict import Reproduction
from raie.reproduction.worktree import check_free, one_reproduction, scratch_path, worktree_at
from raie.snapshots.checkout import check_out
from raie.snapshots.git import git, show
from raie.snapshots.history import manifest_of
from raie.snapshots.tags import ref_of
from raie.snapshots.workspace import INBOX


def chain_to(repository: Path, snapshot: str) -> list[str]:
    """Tags from genesis to a snapshot, each the previous one of the next.

    Raises
    ------
    RefusedError
        If the chain runs in a circle.
    """
    tags = [ref_of(repository, snapshot)]
    while previous := manifest_of(repository, tags[-1])["night"]["previous"]:
        tag = ref_of(repository, f"snapshot/{previous}")
        if tag in tags:
            raise RefusedError(f"{tags[-1]} names {tag} as its previous snapshot: run raie snapshot verify")
        tags.append(tag)
    return tags[::-1]


def reproduce_chain(
    repository: Path, snapshot: str, *, tell: Tell, keep: Path | None = None
) -> Iterator[Reproduction]:
    """Make every snapshot up to one again, on top of the rebuilt ones; stop at the first that differs.

    Each runs its own code. Parameters are those of `reproduce`; with ``keep``, a work tree is a folder of it.
    """
    check_free(keep)
    tags = chain_to(repository, snapshot)
    with one_reproduction(repository) as folder:
        shelf = Shelf(scratch_path(folder, "shelf"), _wanted(repository, tags))
        for tag in tags:
            path = keep / Path(tag).name if keep else scratch_path(folder, "worktree")
            with worktree_at(repository, tag, path, keep=keep is not None) as worktree:
                _rebuild(worktree, tag, shelf, tell)
                made = compare(worktree, tag)
                shelf.keep(worktree)
            yield made
            if not made.good:
                return


def _rebuild(worktree: Path, tag: str, shelf: Shelf, tell: Tell) -> None:
    tell(f"{tag}: inputs")
    left = shelf.place(worktree, input_pointers(worktree))
    stray = [path.stem for path in left if path.stem != INBOX.name]
    if stray:
        names = ", ".join(stray)
        raise RefusedError(f"{tag} starts from {names} of no snapshot before it: run raie snapshot verify")
    check_out(worktree, left)
    force_stages(worktree, lambda stage: tell(f"{tag}: {stage}"))


def _wanted(repository: Path, tags: list[str]) -> frozenset[str]:
    """Hashes that the tags' pointers name."""
    wanted = set[str]()
    for tag in tags:
        names = git(repository, "ls-tree", "-r", "--name-only", tag, "--", "data").splitlines()
        for name in names:
            if name.endswith(".dvc"):
                wanted |= {str(out["md5"]) for out in yaml.safe_load(show(repository, tag, name))["outs"]}
    return frozenset(wanted)
