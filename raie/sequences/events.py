"""Accepted interactions as three plain arrays, the form that sequences are cut from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from raie.columns import ITEM, TIMESTAMP, USER
from raie.exceptions import UsageError
from raie.sequences.vocabulary import PAD, Vocabulary

GATHERED_AT_ONCE = 1 << 14
"""Rows: beside the result, gathering takes no more memory than these do."""


@dataclass(frozen=True)
class Events:
    """Events in time order; events of one second keep the order in which they arrived.

    Attributes
    ----------
    user_ids : (N,) str
    items : (N,) int32
        Item indices of a vocabulary.
    times : (N,) int64
        UTC seconds, never decreasing.

    Raises
    ------
    UsageError
        If the arrays differ in length or the events are not in time order.
    """

    user_ids: np.ndarray
    items: np.ndarray
    times: np.ndarray

    def __post_init__(self) -> None:
        if not len(self.user_ids) == len(self.items) == len(self.times):
            lengths = f"{len(self.user_ids)}, {len(self.items)}, {len(self.times)}"
            raise UsageError(f"events need as many users as items and times, got {lengths}")
        if np.any(np.diff(self.times) < 0):
            raise UsageError("events are not in time order: sort them by timestamp first, stably")

    def __len__(self) -> int:
        return len(self.items)

    def take(self, selected: np.ndarray) -> "Events":
        """Return the events at ``selected``, ascending indices or a boolean mask."""
        return Events(self.user_ids[selected], self.items[selected], self.times[selected])


def events_of(frame: pd.DataFrame, vocabulary: Vocabulary) -> Events:
    """Look up a table of accepted interactions, in time order, in ``vocabulary``."""
    return Events(
        np.asarray(frame[USER], dtype=np.str_),
        vocabulary.indices(frame[ITEM]),
        np.asarray(frame[TIMESTAMP], dtype=np.int64),
    )


def in_time_order(parts: Sequence[Events]) -> tuple[Events, np.ndarray]:
    """Merge runs of events, ties in the order of ``parts``; also return each event's part, (N,) int64."""
    part = np.repeat(np.arange(len(parts)), [len(events) for events in parts])
    times = np.concatenate([events.times for events in parts])
    order = np.argsort(times, kind="stable")
    users = np.concatenate([events.user_ids for events in parts])
    items = np.concatenate([events.items for events in parts])
    return Events(users[order], items[order], times[order]), part[order]


@dataclass(frozen=True)
class ByUser:
    """Events laid out user by user, each user's in time order.

    Attributes
    ----------
    order : (N,) int64
        Positions in the events, user by user.
    first, last : (N,) int64
        For every place in ``order``: the first place of its user, and one past the last.
    """

    order: np.ndarray
    first: np.ndarray
    last: np.ndarray


def by_user(events: Events) -> ByUser:
    """Group events by user without changing their order in time."""
    users, _ = pd.factorize(events.user_ids.astype(object))
    order = np.argsort(users, kind="stable")
    sizes = np.bincount(users) if len(users) else np.zeros(0, dtype=np.int64)
    ends = np.cumsum(sizes)
    return ByUser(order, np.repeat(ends - sizes, sizes), np.repeat(ends, sizes))


def last_before(
    events: Events, users: ByUser, *, places: np.ndarray, ends: np.ndarray, length: int
) -> tuple[np.ndarray, np.ndarray]:
    """Gather what a user did last before each of some places in ``users.order``.

    Parameters
    ----------
    events, users
        The events and their grouping by user.
    places : (M,) int64
        Any place of the user in question.
    ends : (M,) int64
        One past the last place to gather.
    length : int
        Events to gather, fewer where the user has fewer.

    Returns
    -------
    items : (M, length) int32
        Item indices, oldest first, ``PAD`` on the left.
    times : (M, length) int64
        UTC seconds, 0 where padded.
    """
    items = np.zeros((len(places), length), dtype=np.int32)
    times = np.zeros((len(places), length), dtype=np.int64)
    for start in range(0, len(places), GATHERED_AT_ONCE):
        rows = slice(start, start + GATHERED_AT_ONCE)
        found, inside = places_before(users.first[places[rows]], ends[rows], length)
        at = users.order[found]
        items[rows] = np.where(inside, events.items[at], PAD)
        times[rows] = np.where(inside, events.times[at], 0)
    return items, times


def places_before(firsts: np.ndarray, ends: np.ndarray, length: int) -> tuple[np.ndarray, np.ndarray]:
    """Places of the last ``length`` events before some ends, and whether they are the user's.

    Parameters
    ----------
    firsts, ends : (M,) int64
        The first place of each user, and one past the last place wanted.
    length : int

    Returns
    -------
    places : (M, length) int64
        Ascending; 0 where the user has fewer.
    inside : (M, length) bool
    """
    wanted = ends[:, None] - length + np.arange(length)
    inside = wanted >= firsts[:, None]
    return np.where(inside, wanted, 0), inside
