"""What pretraining reads: whole timelines of users, cut into rows of the length that a backbone reads."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from raie.sequences.events import Events, by_user, places_before
from raie.sequences.vocabulary import PAD


class Timelines(NamedTuple):
    """Everything that users did, one user after another.

    Attributes
    ----------
    items : (N,) int32
        Item indices, each user's in time order.
    times : (N,) int64
        UTC seconds.
    ends : (U,) int64
        One past each user's last event; where one user ends, the next begins.
    """

    items: np.ndarray
    times: np.ndarray
    ends: np.ndarray


@dataclass(frozen=True)
class Rows:
    """One cut of timelines into rows of at most ``length`` events, gathered when they are asked for.

    Attributes
    ----------
    timelines : Timelines
    firsts, ends : (M,) int64
        For each row, where its user's timeline begins and one past the row's last event.
    length : int
    """

    timelines: Timelines
    firsts: np.ndarray
    ends: np.ndarray
    length: int

    def __len__(self) -> int:
        return len(self.ends)

    def gather(self, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Read the rows at ``chosen``: items, (B, length) int32, and times, int64, padded on the left."""
        at, inside = places_before(self.firsts[chosen], self.ends[chosen], self.length)
        items, times = self.timelines.items[at], self.timelines.times[at]
        return np.where(inside, items, PAD), np.where(inside, times, 0)


def timelines_of(events: Events) -> Timelines:
    """Lay events out user by user; whoever has a single event has nothing to predict and is left out."""
    users = by_user(events)
    sizes = users.last - users.first
    kept = sizes > 1
    at = users.order[kept]
    is_last = users.last[kept] - 1 == np.flatnonzero(kept)
    return Timelines(events.items[at], events.times[at], np.flatnonzero(is_last) + 1)


def cut_rows(timelines: Timelines, length: int, *, offsets: np.ndarray | None = None) -> Rows:
    """Cut timelines into rows, from the newest event of each backwards.

    A row shares one event with the row before, so that a model that reads from the left predicts every
    event but a user's first exactly once.

    Parameters
    ----------
    timelines : Timelines
    length : int
        Events per row, at least 2.
    offsets : (U,) int64, optional
        Events that each user's newest row stops short of the end, below ``length - 1``. A row that would
        then hold less than two events ends at the newest event instead: the number of rows stays the same.

    Returns
    -------
    Rows
        User by user, oldest first.
    """
    firsts = np.concatenate([np.zeros(1, np.int64), timelines.ends[:-1]])[: len(timelines.ends)]
    sizes = timelines.ends - firsts
    counts = -(-(sizes - 1) // (length - 1))
    owner = np.repeat(np.arange(len(counts)), counts)
    newer = np.cumsum(counts)[owner] - 1 - np.arange(len(owner))
    back = newer * (length - 1) + (0 if offsets is None else offsets[owner])
    back = np.where(sizes[owner] - back < 2, 0, back)
    return Rows(timelines, firsts[owner], timelines.ends[owner] - back, length)
