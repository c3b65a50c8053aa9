"""Edits counted."""

from collections import Counter
from collections.abc import Iterable
from typing import Protocol


class Counted(Protocol):
    """What is counted of an edit."""

    @property
    def operation(self) -> str:
        """Name of the operation."""

    @property
    def n_sequences(self) -> int:
        """Encodings behind it."""


def count_edits(edits: Iterable[Counted]) -> dict[str, int]:
    """Count edits per operation, and the sequences behind updates and expands."""
    operations: Counter[str] = Counter()
    sequences: Counter[str] = Counter()
    for edit in edits:
        operations[edit.operation] += 1
        sequences[edit.operation] += edit.n_sequences
    return {
        "updates": sequences["update"],
        "expands": sequences["expand"],
        "adds": operations["add"],
        "rejects": operations["reject"],
        "merges": operations["merge"],
        "retires": operations["retire"],
    }
