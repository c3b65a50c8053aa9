"""What is to be verified, and what is said of it."""

from dataclasses import dataclass, field

from raie.exceptions import UsageError
from raie.proofs.mismatch import SHOWN


@dataclass(frozen=True)
class Question:
    """What is to be verified.

    Attributes
    ----------
    snapshot : str or None
        Id, or a candidate's tag; None means the newest snapshot.
    every : bool
        Rehash the artefacts of every snapshot up to it, not only its own.
    git_only : bool
        Rehash no artefact at all.
    expected : str or None
        Root hash, or at least its first 12 characters, that was kept elsewhere.
    """

    snapshot: str | None = None
    every: bool = False
    git_only: bool = False
    expected: str | None = None

    def __post_init__(self) -> None:
        """Refuse what contradicts itself, and a root hash that says too little, or is none."""
        if self.every and self.git_only:
            raise UsageError("--all rehashes all artefacts, --git-only none: give one of them")
        root = self.expected
        if root is not None and (len(root) < SHOWN or set(root) - set("0123456789abcdef")):
            raise UsageError(f"--expect {root!r} is no root hash: give at least its first {SHOWN} characters")


@dataclass
class Proof:
    """What was checked, and held.

    Attributes
    ----------
    ref, commit, root_hash : str
        The snapshot that was asked for.
    snapshots, entries : int
        Snapshots walked, ledger entries rehashed.
    git_files, files, bytes : int
        Distinct files rehashed in git and in DVC's cache, and the latter's size.
    witnessed : bool
        Whether the tag that was asked for names the commit that it was first seen on here; False where no
        witness of it was kept.
    absent : dict of str to int
        Objects that are not in the cache, by tag.
    """

    ref: str = ""
    commit: str = ""
    root_hash: str = ""
    snapshots: int = 0
    entries: int = 0
    git_files: int = 0
    files: int = 0
    bytes: int = 0
    witnessed: bool = False
    absent: dict[str, int] = field(default_factory=dict)
