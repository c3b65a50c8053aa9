"""Progress of long work on stderr: a bar on a terminal, a line for each piece elsewhere."""

import sys
import time
from collections import deque
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

RECENT = 20
"""Pieces that tell how long the rest takes: those before may have been of another kind, or found done."""
LONG = 86_400.0
"""Seconds that a bar looks back for its speed: a piece takes minutes."""


def told(done: Iterable[str], *, total: int) -> None:
    """Go through names of finished pieces, ``total`` of them, and tell of each with the time left."""
    if sys.stderr.isatty():
        _drawn(done, total)
    else:
        _listed(done, total)


def _drawn(done: Iterable[str], total: int) -> None:
    numbers = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    columns = (*numbers, TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), speed_estimate_period=LONG) as progress:
        bar = progress.add_task("", total=total)
        for name in done:
            progress.update(bar, advance=1, description=name)


def _listed(done: Iterable[str], total: int) -> None:
    ends = deque([time.monotonic()], maxlen=RECENT + 1)
    for number, name in enumerate(done, start=1):
        ends.append(time.monotonic())
        left = (ends[-1] - ends[0]) / (len(ends) - 1) * (total - number)
        sys.stderr.write(f"{number}/{total} {name}, about {left / 60:.0f} min left\n")
        sys.stderr.flush()
