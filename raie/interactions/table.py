"""The validated table of interactions."""

import datetime

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from raie.columns import FAULT, FILE, INTERACTION, ITEM, LINE, RATING, TIMESTAMP, USER
from raie.exceptions import RefusedError, UsageError
from raie.interactions.faults import Fault

SECONDS_PER_DAY = 86_400
TYPES = {USER: "str", ITEM: "str", TIMESTAMP: "int64", RATING: "float64"}


def empty() -> pd.DataFrame:
    """Return a typed table without rows."""
    return pd.DataFrame({name: pd.Series([], dtype=TYPES[name]) for name in INTERACTION})


def accepted(staged: pd.DataFrame) -> pd.DataFrame:
    """Turn staged rows that carry no fault into typed interactions, in the same order.

    Parameters
    ----------
    staged : DataFrame
        As ``read_staged`` returns it.

    Returns
    -------
    DataFrame
        user_id str, item_id str, timestamp int64 (UTC seconds), rating float64 (NaN: not rated).

    Raises
    ------
    RefusedError
        If a row carries a fault, or has no user, item or timestamp.
    """
    required = [USER, ITEM, TIMESTAMP]
    wrong = (staged[FAULT].notna() | staged[required].isna().any(axis=1)).to_numpy(dtype=bool)
    if wrong.any():
        raise RefusedError(_sentence(staged[wrong].iloc[0], int(wrong.sum())))
    rating = staged[RATING].astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
    kept = staged.loc[:, list(INTERACTION)].assign(**{RATING: rating})
    return kept.astype(TYPES).reset_index(drop=True)


def in_time_order(interactions: pd.DataFrame) -> pd.DataFrame:
    """Sort by timestamp; equal timestamps keep their order of rows."""
    return interactions.sort_values(TIMESTAMP, kind="stable", ignore_index=True)


def positives(interactions: pd.DataFrame, min_rating: float | None) -> pd.DataFrame:
    """Keep what counts as a positive.

    Parameters
    ----------
    interactions : DataFrame
        Typed interactions.
    min_rating : float or None
        Lowest rating that counts; unrated rows then do not. None keeps every row.
    """
    if min_rating is None:
        return interactions.reset_index(drop=True)
    return interactions[interactions[RATING] >= min_rating].reset_index(drop=True)


def day_of(timestamps: ArrayLike) -> NDArray[np.str_]:
    """Return the UTC day, ``YYYY-MM-DD``, of each timestamp (UTC seconds)."""
    days = np.asarray(timestamps, dtype=np.int64).astype("datetime64[s]").astype("datetime64[D]")
    distinct, inverse = np.unique(days, return_inverse=True)
    return distinct.astype(str)[inverse]


def day_start(day: str) -> int:
    """Return the UTC second at which a day, ``YYYY-MM-DD``, begins.

    Raises
    ------
    UsageError
        If the text is not such a date.
    """
    try:
        midnight = datetime.datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=datetime.UTC)
    except ValueError as error:
        raise UsageError(f"'{day}' is not a date: write YYYY-MM-DD") from error
    return int(midnight.timestamp())


def days_before(day: str, count: int) -> str:
    """Return the UTC day that lies ``count`` days before ``day``, both ``YYYY-MM-DD``.

    Raises
    ------
    UsageError
        If the text is not such a date.
    """
    return str(day_of([day_start(day) - count * SECONDS_PER_DAY])[0])


def _sentence(row: pd.Series, count: int) -> str:
    fault = Fault.parse(row[FAULT]) if pd.notna(row[FAULT]) else _missing(row)
    more = f" ({count - 1} more such rows)" if count > 1 else ""
    return f"{row[FILE]}, line {row[LINE]}, {fault}{more}"


def _missing(row: pd.Series) -> Fault:
    column = next(name for name in (USER, ITEM, TIMESTAMP) if pd.isna(row[name]))
    return Fault(column, "", "is missing", "write a value or remove the row")
