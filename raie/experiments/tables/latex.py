r"""LaTeX: booktabs tabulars inside one table; needs ``\usepackage{booktabs}`` and nothing else."""

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from raie.experiments.tables.columns import Column
from raie.experiments.tables.grid import Entry, Grid, Line
from raie.experiments.tables.sheet import Sheet

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "%": r"\%",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "`": r"\textasciigrave{}",
    "'": r"\textquotesingle{}",
    # babel makes shorthands of it
    '"': r'\string"',
    "±": r"$\pm$",
}
_MINUS = re.compile(r"(?<![\w-])-(?=\d)")
_DASHES = re.compile(r"-(?=-)")
_LONG = "p{4.5cm}"


def render(sheet: Sheet) -> str:
    """One float: caption, quality, differences, cost."""
    lines = [r"\begin{table*}", r"\centering", f"\\caption{{{escaped(sheet.caption)}}}"]
    lines += [f"\\label{{{_label(sheet)}}}", r"\scriptsize", r"\setlength{\tabcolsep}{3pt}"]
    lines += [*_tabular(sheet.quality), ""]
    for line in sheet.differences:
        lines += [r"\par\smallskip", escaped(line)]
    if sheet.cost:
        lines += [r"\par\medskip", *_tabular(sheet.cost)]
    return "\n".join([*lines, r"\end{table*}"]) + "\n"


def escaped(text: str) -> str:
    """Text of one line that LaTeX sets as it is; a minus before a number is one."""
    marked = _DASHES.sub("-\0", _MINUS.sub("\1", text))
    special = _SPECIAL | {"\0": "{}", "\1": "$-$"}
    return "".join(special.get(each, each) for each in marked)


def _label(sheet: Sheet) -> str:
    return "tab:" + re.sub(r"[^A-Za-z0-9]+", "-", sheet.label).strip("-")


def _tabular(grid: Grid) -> Iterator[str]:
    letters = "".join(_LONG if column.long else "r" for column in grid.columns)
    yield f"\\begin{{tabular}}{{l{letters}}}"
    yield r"\toprule"
    if any(column.group for column in grid.columns):
        yield from _groups(grid.columns)
    yield _row([escaped(grid.corner), *(escaped(column.name) for column in grid.columns)])
    yield r"\midrule"
    for number, line in enumerate(grid.lines):
        if line.reference and number:
            yield r"\midrule"
        yield _line(line)
    yield r"\bottomrule"
    yield r"\end{tabular}"


def _groups(columns: tuple[Column[Any], ...]) -> Iterator[str]:
    cells, rules, place = [""], [], 2
    for group, members in groupby(columns, key=lambda column: column.group):
        width = len(list(members))
        cells += [f"\\multicolumn{{{width}}}{{c}}{{{escaped(group)}}}"] if group else [""] * width
        rules += [f"\\cmidrule(lr){{{place}-{place + width - 1}}}"] if group else []
        place += width
    yield _row(cells)
    yield "".join(rules)


def _line(line: Line) -> str:
    # in braces: a name that begins with a bracket would be an argument of the line break before it
    return _row([f"{{{escaped(line.label)}}}", *map(_entry, line.entries)])


def _row(cells: list[str]) -> str:
    return f"{' & '.join(cells)} \\\\"


def _entry(entry: Entry) -> str:
    value = escaped(entry.value)
    if entry.best:
        value = f"\\textbf{{{value}}}"
    return value if entry.spread is None else f"{value} $\\pm$ {entry.spread}"
