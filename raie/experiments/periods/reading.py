"""Cells over time as their folder holds them: what is missing is said, what is broken is refused."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter

from raie.exceptions import MissingError
from raie.experiments.cells.question import Question
from raie.experiments.cells.store import RANKS, cell_path, read_document
from raie.experiments.periods.question import PeriodsQuestion
from raie.experiments.periods.record import PeriodsRecord, retained_part, scored_part
from raie.experiments.tables.ranks import RankedWindows, check_part, read_ranks
from raie.experiments.tables.validated import validated

_RECORD = TypeAdapter(PeriodsRecord)
Asked = TypeVar("Asked", bound=Question)
Found = TypeVar("Found")


@dataclass(frozen=True, eq=False)
class PeriodsCell:
    """What one method and seed did (``record``) and where every window came (``windows``)."""

    record: PeriodsRecord
    windows: RankedWindows

    @property
    def method(self) -> str:
        """Name of the method."""
        return self.record.method

    @property
    def seed(self) -> int:
        """Seed of the run."""
        return self.record.seed


def read_periods(
    folder: Path, question: PeriodsQuestion, methods: Sequence[str], seeds: Sequence[int]
) -> list[PeriodsCell]:
    """Read the cells of a question.

    Raises
    ------
    MissingError
        If one was not made yet.
    UsageError
        If a cell's files are malformed or disagree with each other.
    """
    return read_each(read_periods_cell, folder, question, methods, seeds)


def read_each(
    read: Callable[[Path, Asked], Found | None],
    folder: Path,
    question: Asked,
    methods: Sequence[str],
    seeds: Sequence[int],
) -> list[Found]:
    """Read a cell of every method and seed; ``read`` gets its file, and returns None where there is none.

    Raises
    ------
    MissingError
        If one was not made yet.
    """
    cells = []
    for method in dict.fromkeys(methods):
        for seed in dict.fromkeys(seeds):
            cell = read(cell_path(folder, question, method, seed), question)
            if cell is None:
                raise MissingError(f"{method}, seed {seed} is missing: run the experiment again")
            cells.append(cell)
    return cells


def read_periods_cell(file: Path, question: PeriodsQuestion) -> PeriodsCell | None:
    """Read a cell's document and the ranks beside it; None where it is not there or of another question.

    Raises
    ------
    UsageError
        As `read_periods` does.
    """
    if read_document(file, question) is None:
        return None
    record = validated(file, _RECORD)
    numbers = range(len(record.periods) + 1)
    parts = [*map(scored_part, numbers[1:]), *map(retained_part, numbers)]
    cell = PeriodsCell(record, read_ranks(file.with_suffix(RANKS), parts=parts))
    for number, period in enumerate(record.periods, start=1):
        check_part(file, cell.windows, scored_part(number), period.scored, period.score)
    for number, score in enumerate(record.retention):
        check_part(file, cell.windows, retained_part(number), record.retained, score)
    return cell
