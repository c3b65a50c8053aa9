"""Rows for pretraining: whole user histories cut to the length a backbone reads."""

from typing import NamedTuple

import numpy as np

from raie.sequences.events import Events, by_user, last_before


class Rows(NamedTuple):
    """Left-padded rows of events.

    Attributes
    ----------
    items : (M, T) int32
        Item indices, ``PAD`` on the left.
    times : (M, T) int64
        UTC seconds, 0 where padded.
    """

    items: np.ndarray
    times: np.ndarray


def training_rows(events: Events, max_length: int) -> Rows:
    """Cut every user's events into left-padded rows.

    Rows are cut from a user's newest event backwards and share one event with the row before, so that
    every event except the user's first is predicted exactly once by a model that reads from the left.
    Users with a single event have nothing to predict and get no row.

    Parameters
    ----------
    events : Events
        The events to learn from.
    max_length : int
        Events per row, at least 2.

    Returns
    -------
    Rows
        (M, max_length) each.
    """
    users = by_user(events)
    places = np.arange(len(events))
    on_grid = (users.last - 1 - places) % (max_length - 1) == 0
    ends = np.flatnonzero(on_grid & (places > users.first))
    return Rows(*last_before(events, users, places=ends, ends=ends + 1, length=max_length))
