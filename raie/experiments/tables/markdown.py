"""Markdown: tables of the GitHub kind."""

import re
from collections.abc import Iterator

from raie.experiments.tables.grid import Entry, Grid
from raie.experiments.tables.sheet import Sheet

_SPECIAL = re.compile(r"([\\`*_~#|\[\]])")
_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def render(sheet: Sheet) -> str:
    """Title, caption, quality, differences, cost."""
    lines = [f"# {escaped(sheet.title)}", ""]
    lines += [escaped(sheet.caption), "", *_table(sheet.quality), ""]
    if sheet.differences:
        lines += [*(f"- {escaped(line)}" for line in sheet.differences), ""]
    if sheet.cost:
        lines += [*_table(sheet.cost), ""]
    return "\n".join(lines)


def escaped(text: str) -> str:
    """Text of one line that Markdown shows as it is."""
    return "".join(_HTML.get(each, each) for each in _SPECIAL.sub(r"\\\1", text))


def _table(grid: Grid) -> Iterator[str]:
    yield _row([escaped(grid.corner), *(column.heading for column in grid.columns)])
    yield _row(["---", *("---" if column.long else "---:" for column in grid.columns)])
    for line in grid.lines:
        # a table has no rule within: what does not compete is set in italics
        label = f"*{escaped(line.label)}*" if line.reference else escaped(line.label)
        yield _row([label, *map(_entry, line.entries)])


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _entry(entry: Entry) -> str:
    value = f"**{escaped(entry.value)}**" if entry.best else escaped(entry.value)
    return value if entry.spread is None else f"{value} ± {entry.spread}"
