"""Accepted events from before the days that a night covers."""

from pathlib import Path

from raie.columns import TIMESTAMP
from raie.exceptions import UsageError
from raie.interactions.parquetfiles import read_interactions
from raie.interactions.table import day_start, days_before

ACCEPTED = Path("data/accepted/interactions.parquet")


def late_rows(worktree: Path, date: str, *, days: int) -> int | None:
    """Count them; None where nothing was accepted yet, or it cannot be read.

    Parameters
    ----------
    worktree : Path
        Of a night; where a generation begins nothing is late.
    date : str
        UTC date on which the night ends.
    days : int
        Days that it covers.
    """
    file = worktree / ACCEPTED
    if not file.is_file():
        return None
    try:
        times = read_interactions(file)[TIMESTAMP]
    except (UsageError, ValueError):
        return None
    return int((times < day_start(days_before(date, days - 1))).sum())
