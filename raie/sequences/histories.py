"""Every user's last events, kept from night to night so that a night never reads the whole past."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from raie.columns import TIMESTAMP, USER
from raie.exceptions import MissingError, UsageError
from raie.sequences.events import Events, by_user, in_time_order, last_before
from raie.sequences.vocabulary import PAD
from raie.sequences.windows import Windows, production_windows

ITEM_INDEX = "item_index"


@dataclass(frozen=True)
class Histories:
    """The last ``length`` events of every user.

    Attributes
    ----------
    length : int
        Events kept per user.
    events : Events
        The kept events of all users, in time order.
    """

    length: int
    events: Events

    @classmethod
    def empty(cls, length: int) -> "Histories":
        """Return histories of nobody."""
        return cls(length, Events(np.zeros(0, np.str_), np.zeros(0, np.int32), np.zeros(0, np.int64)))

    def save(self, path: Path) -> None:
        """Write the kept events as Parquet, in time order."""
        columns = {USER: self.events.user_ids, ITEM_INDEX: self.events.items, TIMESTAMP: self.events.times}
        pd.DataFrame(columns).to_parquet(path, index=False)

    @classmethod
    def load(cls, path: Path, *, length: int) -> "Histories":
        """Read histories written by `save`.

        Raises
        ------
        MissingError
            If ``path`` does not exist.
        """
        if not path.is_file():
            raise MissingError(f"no histories at {path}: build the sequences of an earlier snapshot first")
        frame = pd.read_parquet(path)
        users = np.asarray(frame[USER], dtype=np.str_)
        return cls(length, Events(users, frame[ITEM_INDEX].to_numpy(), frame[TIMESTAMP].to_numpy()))

    def latest(self, length: int) -> Windows:
        """Return each user's current history as a window without a label (``PAD``), in order of user id.

        ``label_times`` holds the time of the user's last event.

        Raises
        ------
        UsageError
            If ``length`` exceeds the events kept per user.
        """
        if length > self.length:
            raise UsageError(f"histories keep {self.length} events per user, {length} were asked for")
        users = by_user(self.events)
        lasts = np.flatnonzero(np.arange(len(self.events)) == users.last - 1)
        lasts = lasts[np.argsort(self.events.user_ids[users.order[lasts]], kind="stable")]
        histories, times = last_before(self.events, users, places=lasts, ends=lasts + 1, length=length)
        at = users.order[lasts]
        unknown = np.full(len(lasts), PAD, dtype=np.int32)
        return Windows(self.events.user_ids[at], histories, times, unknown, self.events.times[at])


def update(
    previous: Histories, accepted: Events, *, length: int, min_history: int
) -> tuple[Histories, Windows]:
    """Add a night's events: the new histories, and a production window for each of the night's events.

    An event that arrives late finds its place by its time; what was dropped before it stays dropped.

    Parameters
    ----------
    previous : Histories
        What the night before kept; it is not changed.
    accepted : Events
        The night's accepted interactions that count as positives, in time order.
    length : int
        L, items per window.
    min_history : int
        Events with fewer earlier events of their user get no window.
    """
    events, part = in_time_order([previous.events, accepted])
    windows = production_windows(events, part == 1, length=length, min_history=min_history)
    users = by_user(events)
    recent = users.last - np.arange(len(events)) <= previous.length
    return Histories(previous.length, events.take(np.sort(users.order[recent]))), windows
