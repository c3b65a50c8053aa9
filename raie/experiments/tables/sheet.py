"""A table in words: every way of writing one down shows these, in this order."""

from dataclasses import asdict, dataclass
from typing import Any

from raie.experiments.tables.caption import caption
from raie.experiments.tables.columns import COST, QUALITY
from raie.experiments.tables.differences import lines_of
from raie.experiments.tables.grid import Grid, grid_of
from raie.experiments.tables.rows import Table
from raie.experiments.tables.words import printable


@dataclass(frozen=True)
class Sheet:
    """What is shown of an experiment.

    Attributes
    ----------
    title : str
    label : str
        What LaTeX refers to it by, of any characters.
    caption : str
    quality : Grid
        What methods reach.
    cost : Grid or None
        What they cost: a table of its own, as one would not fit a page.
    differences : tuple of str
        A line each.
    codes : tuple of str
        Commits that made the cells, where they are known.
    numbers : dict
        All of the above in full, ready for JSON.
    """

    title: str
    label: str
    caption: str
    quality: Grid
    cost: Grid | None
    differences: tuple[str, ...]
    codes: tuple[str, ...]
    numbers: dict[str, Any]


def sheet_of(table: Table) -> Sheet:
    """Put the one-split experiment into words."""
    return Sheet(
        title=f"{printable(table.dataset)}, {printable(table.backbone)}",
        label=f"{table.dataset}-{table.backbone}-{table.protocol.name}",
        caption=caption(table),
        quality=grid_of("Quality", QUALITY, table.rows),
        cost=grid_of("Cost", COST, table.rows),
        differences=lines_of(table),
        codes=table.codes,
        numbers=asdict(table),
    )
