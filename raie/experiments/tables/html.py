"""HTML: one page that needs nothing but a browser."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from raie.experiments.tables.caption import caption
from raie.experiments.tables.differences import lines_of
from raie.experiments.tables.grid import grids_of
from raie.experiments.tables.rows import Table
from raie.experiments.tables.words import printable


def render(table: Table) -> str:
    """One page; everything from the table is escaped."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals["zip"] = zip
    quality, cost = grids_of(table)
    return environment.get_template("page.html.j2").render(
        title=f"{printable(table.dataset)}, {printable(table.backbone)}",
        caption=caption(table),
        quality=quality,
        cost=cost,
        differences=lines_of(table),
        codes=[printable(code) for code in table.codes],
    )
