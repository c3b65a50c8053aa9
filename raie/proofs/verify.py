"""Verify: walk the chain from genesis and name the first thing that does not match."""

from collections.abc import Callable
from pathlib import Path

from raie.exceptions import MissingError
from raie.proofs.gitobjects import open_objects
from raie.proofs.question import Proof, Question
from raie.proofs.walk import Walk
from raie.snapshots.pruned import read_pruned
from raie.snapshots.remedy import how_to_fetch


def _silent(_: str) -> None:
    """Say nothing."""


def verify(repository: Path, question: Question, tell: Callable[[str], None] = _silent) -> Proof:
    """Prove a snapshot and the chain before it; nothing is changed.

    Parameters
    ----------
    repository : Path
        Root of the operator's checkout.
    question : Question
    tell : callable
        Is given each snapshot's tag as its turn comes.

    Raises
    ------
    MismatchError
        Naming the first thing that does not match.
    MissingError
        If all that is here matches, but files of the snapshot that was asked for are not in the cache.
    """
    with open_objects(repository) as objects:
        proof = Walk(repository, objects, question, tell).prove()
    absent = proof.absent.get(proof.ref, 0)
    if absent:
        why = " (freed by raie snapshot prune)" if proof.ref in read_pruned(repository) else ""
        remedy = f"{how_to_fetch(repository)}, or verify --git-only; all else matches"
        raise MissingError(f"{proof.ref}: {absent} of its files are not in the cache{why}: {remedy}")
    return proof
