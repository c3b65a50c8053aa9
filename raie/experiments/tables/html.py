"""HTML: one page that needs nothing but a browser."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from raie.experiments.tables.sheet import Sheet
from raie.experiments.tables.words import printable


def render(sheet: Sheet) -> str:
    """One page; everything from the sheet is escaped."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals["zip"] = zip
    return environment.get_template("page.html.j2").render(
        title=sheet.title,
        caption=sheet.caption,
        quality=sheet.quality,
        cost=sheet.cost,
        differences=sheet.differences,
        codes=[printable(code) for code in sheet.codes],
    )
