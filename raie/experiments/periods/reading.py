"""Cells over time as their folder holds them: what is missing is said, what is broken is refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter

from raie.exceptions import MissingError, UsageError
from raie.experiments.cells.store import RANKS, cell_path, read_document
from raie.experiments.periods.question import PeriodsQuestion
from raie.experiments.periods.record import PeriodsRecord, retained_part, scored_part
from raie.experiments.tables.ranks import RankedWindows, read_ranks
from raie.experiments.tables.reading import TOLERANCE
from raie.experiments.tables.record import K
from raie.experiments.tables.validated import validated
from raie.metrics.ranking import ndcg_at_k, recall_at_k

_RECORD = TypeAdapter(PeriodsRecord)


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
    cells = []
    for method in dict.fromkeys(methods):
        for seed in dict.fromkeys(seeds):
            cell = read_periods_cell(cell_path(folder, question, method, seed), question)
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
        told = (period.recall_at_10, period.ndcg_at_10)
        _check(file, cell, scored_part(number), period.scored, told)
    for number, score in enumerate(record.retention):
        told = (score.recall_at_10, score.ndcg_at_10)
        _check(file, cell, retained_part(number), record.retained, told)
    return cell


def _check(file: Path, cell: PeriodsCell, part: str, expected: int, told: tuple[float, float]) -> None:
    rank = cell.windows.of(part).rank
    if not len(rank) or len(rank) != expected:
        raise UsageError(f"{file}: {part} has {len(rank)} ranks for {expected} windows: run the cell again")
    found = (recall_at_k(rank, K), ndcg_at_k(rank, K))
    if not np.allclose(told, found, rtol=0, atol=TOLERANCE):
        raise UsageError(f"{file}: {part} scored {told}, but {found} by its ranks: run the cell again")
