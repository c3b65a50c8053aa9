"""One output that came out otherwise: which files, and by how much."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from raie.exceptions import MissingError
from raie.reproduction.numbers import OTHER, SAME, Gap, gap_between
from raie.reproduction.outputs import Output
from raie.reproduction.stored import stored_files


@dataclass(frozen=True)
class Difference:
    """An output whose hash is another than the stored one's.

    Attributes
    ----------
    stage, output : str
    files : int
        Files of the stored and the rebuilt output together.
    differing : int
        Files that are other, missing or new.
    largest : float
        Largest difference of two numbers, see `Gap`.
    others : int
        Differences that are none of numbers: ids, decisions, counts, missing parts.
    compared : bool
        Whether the stored files were at hand; if not, all but the first two attributes say nothing.
    """

    stage: str
    output: str
    files: int = 0
    differing: int = 0
    largest: float = 0.0
    others: int = 0
    compared: bool = True

    def within(self, tolerance: float) -> bool:
        """Whether only numbers differ, and by no more than ``tolerance``."""
        return self.compared and not self.others and self.largest <= tolerance


def measure(worktree: Path, output: Output, scratch: Path) -> Difference:
    """Compare an output in the work tree with the one its tag stored, file by file."""
    try:
        stored = stored_files(worktree, output, scratch)
    except MissingError:
        return Difference(output.stage, output.path, compared=False)
    rebuilt = _files(worktree / output.path)
    names = sorted(stored.keys() | rebuilt.keys())
    other = [name for name in names if _digest(stored.get(name)) != _digest(rebuilt.get(name))]
    total = SAME
    for name in other:
        total |= _gap(name or output.path, stored.get(name), rebuilt.get(name))
    return Difference(output.stage, output.path, len(names), len(other), total.largest, total.others)


def _gap(name: str, stored: Path | None, rebuilt: Path | None) -> Gap:
    return OTHER if stored is None or rebuilt is None else gap_between(name, stored, rebuilt)


def _files(path: Path) -> dict[str, Path]:
    if path.is_file():
        return {"": path}
    return {file.relative_to(path).as_posix(): file for file in path.rglob("*") if file.is_file()}


def _digest(path: Path | None) -> str | None:
    if path is None:
        return None
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
