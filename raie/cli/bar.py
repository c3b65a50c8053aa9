"""Progress of long work on stderr: a bar on a terminal, a line for each piece elsewhere."""

import sys
import time
from collections.abc import Iterable

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


def told(done: Iterable[str], *, total: int) -> None:
    """Go through names of finished pieces, ``total`` of them, and tell of each with the time left."""
    if sys.stderr.isatty():
        _drawn(done, total)
    else:
        _listed(done, total)


def _drawn(done: Iterable[str], total: int) -> None:
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, TextColumn("{task.description}"), console=Console(stderr=True)) as progress:
        bar = progress.add_task("", total=total)
        for name in done:
            progress.update(bar, advance=1, description=name)


def _listed(done: Iterable[str], total: int) -> None:
    began = time.monotonic()
    for number, name in enumerate(done, start=1):
        left = (time.monotonic() - began) / number * (total - number)
        sys.stderr.write(f"{number}/{total} {name}, about {left / 60:.0f} min left\n")
        sys.stderr.flush()
