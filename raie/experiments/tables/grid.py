"""Cells of the tables as text: every way of writing a table down shows these, in this order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from raie.experiments.tables.columns import Column, spread_of, value_of
from raie.experiments.tables.roles import FROZEN, RETRAIN
from raie.experiments.tables.row import Summary
from raie.experiments.tables.words import NOT_KNOWN, printable

R = TypeVar("R", bound=Summary)

REFERENCE = "upper reference"


@dataclass(frozen=True)
class Entry:
    """A value, the half-width of its interval, and whether it is the best of its column."""

    value: str
    spread: str | None
    best: bool


@dataclass(frozen=True)
class Line:
    """A method; a reference stands under a rule and is never the best."""

    method: str
    reference: bool
    entries: tuple[Entry, ...]

    @property
    def label(self) -> str:
        """The method's name, with what it is where it does not compete."""
        return f"{self.method} ({REFERENCE})" if self.reference else self.method


@dataclass(frozen=True)
class Grid:
    """One table: the reference comes last; `corner` heads what its lines are."""

    title: str
    columns: tuple[Column[Any], ...]
    lines: tuple[Line, ...]
    corner: str = "Method"


def grid_of(title: str, columns: tuple[Column[R], ...], rows: Sequence[R]) -> Grid:
    """Lay out rows."""
    rows = sorted(rows, key=lambda row: row.method == RETRAIN)
    best = [_best(column, rows) for column in columns]
    lines = tuple(
        Line(
            printable(row.method),
            row.method == RETRAIN,
            tuple(_entry(column, row, value) for column, value in zip(columns, best, strict=True)),
        )
        for row in rows
    )
    return Grid(title, columns, lines)


def _entry(column: Column[R], row: R, best: str | None) -> Entry:
    value = value_of(column, row)
    return Entry(value, spread_of(column, row), _competes(column, row) and value == best)


def _best(column: Column[R], rows: Sequence[R]) -> str | None:
    # of what is shown, so that equal numbers are all best
    values = {value_of(column, row) for row in rows if _competes(column, row)} - {NOT_KNOWN}
    return max(values, key=lambda value: column.sign * float(value)) if values else None


def _competes(column: Column[Any], row: Summary) -> bool:
    # less is better of forgetting alone, and the frozen base forgets nothing by definition
    excluded = (RETRAIN, FROZEN) if column.sign < 0 else (RETRAIN,)
    return column.sign != 0 and row.method not in excluded
