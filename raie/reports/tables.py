"""Rows of the listings, and how they are printed."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from raie.reports.editcounts import count_edits
from raie.reports.longtable import table_lines

if TYPE_CHECKING:  # it brings torch along, which listings have no time for
    from raie.experiments.standingstill import StandingStill

Row = dict[str, Any]
LONG = 1000
"""Rows from which a table is printed without a frame: drawing one takes a millisecond per row."""
WIDTH = 180
"""Columns of a table that goes to no terminal."""
UNBOUNDED = 10_000


def edit_counts(repository: Path, snapshot: str) -> dict[str, int]:
    """Number of edits per operation in a snapshot's ledger, and sequences behind updates and expands."""
    from raie.snapshots.history import edits_of  # brings SciPy along, which printing has no time for

    return count_edits(edits_of(repository, snapshot))


def print_standing_still(result: "StandingStill") -> None:
    """Print nights against genesis, then the mean difference with its interval."""
    rows = [
        {
            "night": night.snapshot,
            "windows": night.windows,
            "recall genesis": night.recall.genesis,
            "adapters": night.recall.adapters,
            "nights": night.recall.nights,
            "ndcg genesis": night.ndcg.genesis,
            "ndcg nights": night.ndcg.nights,
        }
        for night in result.nights
    ]
    print_rows(rows, title=f"Recall@{result.k} and NDCG@{result.k} on what arrived next")
    for name, found in (("Recall", result.recall), ("NDCG", result.ndcg)):
        for other, interval in (
            ("genesis", found.over_genesis),
            ("their adapters alone", found.over_adapters),
        ):
            text = f"{interval.difference:+.4f} [{interval.low:+.4f}, {interval.high:+.4f}]"
            mean = f"mean over {interval.n_groups} nights, {name}@{result.k}"
            Console(soft_wrap=True).print(f"{mean}, nights - {other}: {text}")


def print_rows(rows: list[Row], *, title: str | None = None) -> None:
    """Print rows as a table; floats with four decimals, what is missing as a dash."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    if len(rows) > LONG:
        _print_long(rows, names, title)
        return
    table = Table(title=title, header_style="bold")
    for name in names or ("nothing",):
        table.add_column(name.replace("_", " "), justify="right" if _numeric(rows, name) else "left")
    for row in rows:
        table.add_row(*(_text(row.get(name)) for name in names))
    # ids are data: no markup or emoji code in them is acted upon
    width = None if Console().is_terminal else WIDTH
    console = Console(width=width, markup=False, emoji=False, highlight=False)
    if Measurement.get(console, console.options.update(width=UNBOUNDED), table).maximum > console.width:
        # a frame that does not fit would cut ids and numbers short
        _print_long(rows, names, title)
    else:
        console.print(table)


def _print_long(rows: list[Row], names: list[str], title: str | None) -> None:
    columns = [[_text(row.get(name)) for row in rows] for name in names]
    right = [_numeric(rows, name) for name in names]
    lines = table_lines([name.replace("_", " ") for name in names], columns, right=right)
    sys.stdout.writelines(f"{line}\n" for line in ([title] if title else []) + list(lines))


def _numeric(rows: list[Row], name: str) -> bool:
    return any(isinstance(row.get(name), int | float) for row in rows)


def _text(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.4f}" if isinstance(value, float) else str(value)
