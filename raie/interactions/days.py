"""Day partitions: a folder of ``YYYY-MM-DD.parquet``, one file per UTC day."""

import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from raie.columns import TIMESTAMP
from raie.exceptions import MissingError, UsageError
from raie.interactions.parquetfiles import read_interactions, write_interactions
from raie.interactions.table import day_of, day_start, empty, in_time_order

_PARTITION = re.compile(r"\d{4}-\d{2}-\d{2}")


def day_file(folder: Path, day: str) -> Path:
    """Return where the partition of a day, ``YYYY-MM-DD``, lies."""
    return folder / f"{day}.parquet"


def days_in(folder: Path) -> list[str]:
    """Return the days that have a partition, ascending.

    Raises
    ------
    MissingError
        If the folder does not exist.
    """
    if not folder.is_dir():
        raise MissingError(f"{folder} does not exist: no interactions were accepted there yet")
    return sorted(file.stem for file in folder.glob("*.parquet") if _PARTITION.fullmatch(file.stem))


def by_day(interactions: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Split typed interactions by UTC day, ascending; rows keep their order."""
    days = pd.Series(day_of(interactions[TIMESTAMP].to_numpy()), index=interactions.index)
    return {str(day): rows for day, rows in interactions.groupby(days, sort=True)}


def append_days(previous: Path | None, new: pd.DataFrame, out: Path) -> None:
    """Write the partitions of a run: those before it plus its new rows.

    A day without new rows is copied byte for byte; a touched day holds its old rows, then the new ones in
    the order of their arrival.

    Parameters
    ----------
    previous : Path or None
        Partitions of the run before; None where there was none. Never changed.
    new : DataFrame
        Typed interactions.
    out : Path
        A new or empty folder.

    Raises
    ------
    MissingError
        If ``previous`` does not exist.
    UsageError
        If ``out`` already holds something.
    """
    earlier = [] if previous is None else days_in(previous)
    if out.exists() and any(out.iterdir()):
        raise UsageError(f"{out} is not empty: choose a new folder")
    out.mkdir(parents=True, exist_ok=True)
    touched = by_day(new)
    for day in earlier:
        if previous is not None and day not in touched:
            shutil.copyfile(day_file(previous, day), day_file(out, day))
    for day, rows in touched.items():
        if previous is not None and day in earlier:
            old = read_interactions(day_file(previous, day))
            rows = pd.concat([old, rows], ignore_index=True)
        write_interactions(rows, day_file(out, day))


def read_days(folder: Path, since: str | None = None, until: str | None = None) -> pd.DataFrame:
    """Read partitions in time order; equal timestamps keep the order of arrival.

    Parameters
    ----------
    folder : Path
        Folder of partitions.
    since, until : str or None
        First day read and first day no longer read, ``YYYY-MM-DD``; None: no bound.

    Returns
    -------
    DataFrame
        Typed interactions, without rows where no day lies between the bounds.

    Raises
    ------
    MissingError
        If the folder does not exist.
    UsageError
        If a bound is not a date.
    """
    for bound in (since, until):
        if bound is not None:
            day_start(bound)
    wanted = [
        day for day in days_in(folder) if (since is None or day >= since) and (until is None or day < until)
    ]
    frames = [read_interactions(day_file(folder, day)) for day in wanted]
    return in_time_order(pd.concat(frames, ignore_index=True)) if frames else empty()


def read_touched(folder: Path, timestamps: NDArray[np.int64]) -> pd.DataFrame:
    """Read the partitions of the days on which timestamps (UTC seconds, shape (N,)) lie, day after day.

    Raises
    ------
    MissingError
        If the folder does not exist.
    """
    touched = sorted(set(day_of(timestamps)) & set(days_in(folder)))
    frames = [read_interactions(day_file(folder, day)) for day in touched]
    return pd.concat(frames, ignore_index=True) if frames else empty()
