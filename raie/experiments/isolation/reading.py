"""Cells on isolation as their folder holds them: what is missing is said, what is broken is refused."""

from collections.abc import Sequence
from pathlib import Path

from pydantic import TypeAdapter

from raie.experiments.cells.store import read_document
from raie.experiments.isolation.question import IsolationQuestion
from raie.experiments.isolation.record import IsolationRecord
from raie.experiments.periods.reading import read_each
from raie.experiments.tables.validated import validated

_RECORD = TypeAdapter(IsolationRecord)


def read_isolation(
    folder: Path, question: IsolationQuestion, names: Sequence[str], seeds: Sequence[int]
) -> list[IsolationRecord]:
    """Read the cells of a question.

    Raises
    ------
    MissingError
        If one was not made yet.
    UsageError
        If a cell is malformed.
    """
    return read_each(read_isolation_cell, folder, question, names, seeds)


def read_isolation_cell(file: Path, question: IsolationQuestion) -> IsolationRecord | None:
    """Read a cell; None where it is not there or of another question.

    Raises
    ------
    UsageError
        If it is malformed.
    """
    if read_document(file, question) is None:
        return None
    return validated(file, _RECORD)
