"""Progress of long work on stderr: a bar on a terminal, a line for each piece elsewhere."""

import sys
import time
from collections import deque
from collections.abc import Iterable

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

RECENT = 20
"""Pieces that tell how long the rest takes: those before may have been of another kind."""
FOUND = 0.1
"""Seconds. What ends sooner was found done, and says nothing of what is not."""


class Pace:
    """How long the rest takes, from when the last pieces ended.

    Parameters
    ----------
    total : int
        Pieces.
    """

    def __init__(self, total: int) -> None:
        self._left = total
        self._ended = time.monotonic()
        self._spans: deque[float] = deque(maxlen=RECENT)

    def after_one(self) -> str:
        """Count a piece that has ended; say the time left, or nothing as long as no piece took time."""
        now = time.monotonic()
        span, self._ended = now - self._ended, now
        self._left -= 1
        if span >= FOUND:
            self._spans.append(span)
        if not self._spans:
            return ""
        left = sum(self._spans) / len(self._spans) * self._left
        return f", about {left / 60:.0f} min left"


def told(done: Iterable[str], *, total: int) -> None:
    """Go through names of finished pieces, ``total`` of them, and tell of each with the time left."""
    if sys.stderr.isatty():
        _drawn(done, total)
    else:
        _listed(done, total)


def _drawn(done: Iterable[str], total: int) -> None:
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    pace = Pace(total)
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bar = progress.add_task("", total=total)
        for name in done:
            progress.update(bar, advance=1, description=name + pace.after_one())


def _listed(done: Iterable[str], total: int) -> None:
    pace = Pace(total)
    for number, name in enumerate(done, start=1):
        sys.stderr.write(f"{number}/{total} {name}{pace.after_one()}\n")
        sys.stderr.flush()
