"""A work tree after its stages ran, held against the tag it was made from."""

import json
import tempfile
from pathlib import Path

from raie.reproduction.difference import measure
from raie.reproduction.machine import here, made_on
from raie.reproduction.outputs import Output, read_outputs
from raie.reproduction.stored import LOCK, fetch_outputs
from raie.reproduction.verdict import Reproduction
from raie.snapshots.git import git, show
from raie.snapshots.history import MANIFEST


def compare(worktree: Path, tag: str) -> Reproduction:
    """Compare every output, by its hash; where one is other, its files by their numbers.

    Parameters
    ----------
    worktree : Path
        At the tag, every stage run.
    tag : str
        Full name.
    """
    stored, rebuilt = outputs_at_head(worktree), rebuilt_outputs(worktree)
    other = [each for each in stored if each.md5 != getattr(rebuilt.get(each.path), "md5", None)]
    fetch_outputs(worktree, other)
    with tempfile.TemporaryDirectory() as scratch:
        differences = tuple(measure(worktree, output, Path(scratch)) for output in other)
    manifest = json.loads(show(worktree, "HEAD", MANIFEST))
    made, changed = made_on(manifest), _changed(worktree)
    return Reproduction(
        tag=tag,
        root_hash=manifest["root_hash"],
        outputs=len(stored),
        files=sum(output.files for output in stored),
        differences=differences,
        changed=changed,
        unexplained=_unexplained(changed, [output.path for output in other]),
        made_on=made,
        here=here(made),
    )


def outputs_at_head(worktree: Path) -> list[Output]:
    """Outputs as the tag locked them."""
    return read_outputs(show(worktree, "HEAD", "dvc.yaml"), show(worktree, "HEAD", LOCK))


def rebuilt_outputs(worktree: Path) -> dict[str, Output]:
    """Outputs as they are now, by path."""
    pipeline, lock = ((worktree / name).read_text(encoding="utf-8") for name in ("dvc.yaml", LOCK))
    return {output.path: output for output in read_outputs(pipeline, lock)}


def _changed(worktree: Path) -> tuple[str, ...]:
    """Files in git, or not ignored by it, that are other than at the tag."""
    # -z: names as they are, no quotes
    status = git(worktree, "status", "--porcelain", "--untracked-files=all", "--no-renames", "-z")
    # the first one's leading blank is stripped from what git printed
    return tuple(sorted(line.strip().split(" ", 1)[1].strip() for line in status.split("\0") if line))


def _unexplained(changed: tuple[str, ...], outputs: list[str]) -> tuple[str, ...]:
    """Other files than outputs; of a lock or a pointer the outputs tell more."""
    follows = [*outputs, *([LOCK] if outputs else [])]
    return tuple(path for path in changed if path not in follows and not path.endswith(".dvc"))
