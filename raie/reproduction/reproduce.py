"""Make one snapshot again from what its tag holds, and compare."""

from pathlib import Path

from raie.reproduction.compare import compare
from raie.reproduction.stages import Tell, force_stages, input_pointers
from raie.reproduction.verdict import Reproduction
from raie.reproduction.worktree import check_free, one_reproduction, scratch_path, worktree_at
from raie.snapshots.checkout import check_out
from raie.snapshots.tags import ref_of


def reproduce(repository: Path, snapshot: str, *, tell: Tell, keep: Path | None = None) -> Reproduction:
    """Check a snapshot out into a fresh work tree, restore its inputs, force every stage, and compare.

    Parameters
    ----------
    repository : Path
        Root of a checkout or clone; nothing in it is changed but for DVC's cache, which may gain inputs.
    snapshot : str
        Id, or a candidate's tag.
    tell : callable
        Given a line as each stage begins.
    keep : Path, optional
        Where the work tree is to lie and stay.

    Raises
    ------
    UsageError
        If something lies where the work tree is to stay.
    MissingError
        If there is no such snapshot, or its inputs are not to be had.
    BusyError
        If another reproduction is running.
    RaieError
        If a stage fails.
    """
    check_free(keep)
    tag = ref_of(repository, snapshot)
    with one_reproduction(repository) as folder:
        path = keep or scratch_path(folder, "worktree")
        with worktree_at(repository, tag, path, keep=keep is not None) as worktree:
            tell(f"{tag}: inputs")
            check_out(worktree, input_pointers(worktree))
            force_stages(worktree, lambda stage: tell(f"{tag}: {stage}"))
            return compare(worktree, tag)
