"""The recent past of the raw days: what a delivery is compared with."""

import statistics
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from raie.columns import ITEM, USER
from raie.interactions.days import day_file, days_in
from raie.interactions.parquetfiles import count_rows, distinct
from raie.interactions.table import days_before


@dataclass(frozen=True)
class Recent:
    """Days before a delivery.

    Only so many are read, so that the cost of looking back does not grow with the history.
    """

    days: int
    """How many days were looked back on."""
    rows_per_day: float
    """Median over those of them that hold any rows."""
    users: pd.Index
    """Distinct users of those days."""
    items: pd.Index


def recent_past(folder: Path, *, until: str, days: int) -> Recent | None:
    """Look back on the ``days`` days before ``until``.

    Parameters
    ----------
    folder : Path
        Day partitions.
    until : str
        First day, ``YYYY-MM-DD``, no longer looked at.
    days : int
        How many days to look at, 1 or more.

    Returns
    -------
    Recent or None
        None where none of those days holds a row: there is nothing to compare with.

    Raises
    ------
    MissingError
        If the folder does not exist.
    UsageError
        If ``until`` is not a date.
    """
    since = days_before(until, days)
    files = [day_file(folder, day) for day in days_in(folder) if since <= day < until]
    counts = [rows for rows in map(count_rows, files) if rows]
    if not counts:
        return None
    users, items = (
        pd.Index(sorted({each for file in files for each in distinct(file, name)})) for name in (USER, ITEM)
    )
    return Recent(days, float(statistics.median(counts)), users, items)
