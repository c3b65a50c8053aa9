"""Progress of long work on stderr: a bar on a terminal, a line for each piece elsewhere."""

import sys
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

RECENT = 20
"""Pieces of a kind that tell how long the rest of them takes."""
FOUND = 0.1
"""Seconds. What ends sooner at the beginning was found done, and says nothing of what is not."""


class Piece(NamedTuple):
    """A piece of the work that has ended.

    Attributes
    ----------
    kind : str
        Pieces of a kind take about as long.
    name : str
    """

    kind: str
    name: str


class Pace:
    """How long the rest takes, from when the last pieces ended.

    Parameters
    ----------
    pieces : mapping of str to int
        How many there are of each kind.
    """

    def __init__(self, pieces: Mapping[str, int]) -> None:
        self._left = Counter(pieces)
        self._spans: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=RECENT))
        self._ended = time.monotonic()

    def after_one(self, kind: str) -> str:
        """Count a piece that has ended; say how long the rest takes, as far as pieces of its kinds tell."""
        now = time.monotonic()
        span, self._ended = now - self._ended, now
        self._left[kind] -= 1
        if span >= FOUND or self._spans[kind]:
            self._spans[kind].append(span)
        left = {each: n for each, n in self._left.items() if n > 0}
        known = [each for each in left if self._spans[each]]
        if not known:
            return ""
        seconds = sum(left[each] * sum(self._spans[each]) / len(self._spans[each]) for each in known)
        of_these = "" if len(known) == len(left) else f" of {' and '.join(known)}"
        return f", about {seconds / 60:.0f} min left{of_these}"


def told(done: Iterable[Piece], *, pieces: Mapping[str, int]) -> None:
    """Go through finished pieces, and tell of each with the time left; there are ``pieces`` of each kind."""
    total, pace = sum(pieces.values()), Pace(pieces)
    if sys.stderr.isatty():
        _drawn(done, total, pace)
    else:
        _listed(done, total, pace)


def _drawn(done: Iterable[Piece], total: int, pace: Pace) -> None:
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bar = progress.add_task("", total=total)
        for piece in done:
            progress.update(bar, advance=1, description=piece.name + pace.after_one(piece.kind))


def _listed(done: Iterable[Piece], total: int, pace: Pace) -> None:
    for number, piece in enumerate(done, start=1):
        sys.stderr.write(f"{number}/{total} {piece.name}{pace.after_one(piece.kind)}\n")
        sys.stderr.flush()
