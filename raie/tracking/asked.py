"""Interactions that somebody passes to the registered model, as the histories that a snapshot reads."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from raie.columns import FAULT, FILE, INTERACTION, ITEM, LINE, RATING, TIMESTAMP, USER
from raie.exceptions import RefusedError, UsageError
from raie.interactions.table import accepted, in_time_order, positives
from raie.interactions.values import typed
from raie.sequences.events import Events, events_of
from raie.sequences.histories import Histories
from raie.sequences.vocabulary import PAD, Vocabulary
from raie.sequences.windows import Windows

KEY = [USER, ITEM, TIMESTAMP]
"""Columns that must be there, and that together say which interaction a row is."""


def histories_of(
    interactions: pd.DataFrame, vocabulary: Vocabulary, *, min_rating: float | None, length: int
) -> tuple[Windows, list[NDArray[np.int64]]]:
    """Each user's last ``length`` positives, and everything the user has seen.

    Parameters
    ----------
    interactions : DataFrame
        As `interactions_of` returns it.
    vocabulary : Vocabulary
        Items without an index are left out: the snapshot cannot read them.
    min_rating : float or None
        Lowest rating that counts as a positive; None: every row does.
    length : int

    Returns
    -------
    current : Windows
        One per user with a positive of a known item, in order of user id; their labels are ``PAD``.
    seen : list of (any,) int64
        For each window, the distinct item indices of all rows of its user, whatever their rating.
    """
    events = _known(interactions, vocabulary)
    liked = _known(positives(interactions, min_rating), vocabulary)
    current = Histories(length, liked).latest(length)
    by_user = pd.Series(events.items.astype(np.int64)).groupby(events.user_ids.astype(object))
    seen = {user: np.unique(items.to_numpy()) for user, items in by_user}
    return current, [seen[user] for user in current.user_ids]


def interactions_of(given: pd.DataFrame) -> pd.DataFrame:
    """Check and type a table of interactions by the rules of the inbox; repeated rows count once.

    Parameters
    ----------
    given : DataFrame
        user_id, item_id, timestamp (UTC seconds, or datetimes) and, if there are any, rating; in any order,
        but rows of one second in the order in which they happened.

    Returns
    -------
    DataFrame
        user_id str, item_id str, timestamp int64, rating float64, in time order.

    Raises
    ------
    UsageError
        If a column or a value is missing, a value cannot be read, or there is no row.
    """
    missing = [name for name in KEY if name not in given.columns]
    if missing:
        found = ", ".join(map(str, given.columns)) or "none"
        raise UsageError(f"column {', '.join(missing)} is missing, found: {found}: name it")
    if given.empty:
        raise UsageError("no interactions were given: pass at least one row per user")
    raw = {name: _readable(given[name]) for name in INTERACTION if name in given.columns}
    frame = pd.DataFrame({RATING: pd.Series([None] * len(given), dtype="str"), **raw})
    frame[FAULT] = pd.Series([None] * len(given), dtype="str")
    staged = typed(frame).assign(**{FILE: "interactions", LINE: np.arange(1, len(given) + 1)})
    try:
        rows = accepted(staged)
    except RefusedError as error:
        raise UsageError(str(error)) from error
    return in_time_order(rows.drop_duplicates(KEY))


def _known(interactions: pd.DataFrame, vocabulary: Vocabulary) -> Events:
    events = events_of(interactions, vocabulary)
    return events.take(events.items != PAD)


def _readable(column: pd.Series) -> pd.Series:
    """A column as text or numbers, as readers of files give it."""
    fresh = column.reset_index(drop=True)
    if pd.api.types.is_datetime64_any_dtype(fresh):
        seconds = pd.to_datetime(fresh, utc=True).dt.floor("s").dt.as_unit("s")
        return seconds.astype("int64").astype("Int64").mask(fresh.isna())
    return fresh if pd.api.types.is_numeric_dtype(fresh) else fresh.astype("str")
