"""Windows: a history and the item that came next, cut by one of the two named protocols."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from raie.exceptions import MissingError, UsageError
from raie.sequences.events import ByUser, Events, by_user, last_before
from raie.sequences.vocabulary import PAD


@dataclass(frozen=True)
class Windows:
    """Left-padded histories with their labels.

    Attributes
    ----------
    user_ids : (N,) str
    histories : (N, L) int32
        Item indices, oldest first, ``PAD`` on the left.
    history_times : (N, L) int64
        UTC seconds, 0 where padded.
    next_items : (N,) int32
        The label; ``PAD`` where the label's item is unknown.
    label_times : (N,) int64
        UTC seconds of the label.
    """

    user_ids: np.ndarray
    histories: np.ndarray
    history_times: np.ndarray
    next_items: np.ndarray
    label_times: np.ndarray

    def __len__(self) -> int:
        return len(self.next_items)

    def take(self, selected: np.ndarray | slice) -> "Windows":
        """Return the windows at ``selected``: indices in any order, a boolean mask, or a slice."""
        return Windows(*(getattr(self, field.name)[selected] for field in fields(self)))

    def known_up_to(self, n_items: int) -> "Windows":
        """Forget items beyond index ``n_items``: histories close up, labels become ``PAD`` (a sure miss)."""
        kept = (self.histories != PAD) & (self.histories <= n_items)
        order = np.argsort(kept, axis=1, kind="stable")
        histories = np.take_along_axis(np.where(kept, self.histories, PAD), order, axis=1)
        times = np.take_along_axis(np.where(kept, self.history_times, 0), order, axis=1)
        labels = np.where(self.next_items <= n_items, self.next_items, PAD).astype(self.next_items.dtype)
        return Windows(self.user_ids, histories, times, labels, self.label_times)

    def save(self, folder: Path) -> None:
        """Write one ``.npy`` file per field into ``folder``, which is created."""
        folder.mkdir(parents=True, exist_ok=True)
        for field in fields(self):
            np.save(folder / f"{field.name}.npy", getattr(self, field.name), allow_pickle=False)

    @classmethod
    def load(cls, folder: Path, *, mmap: bool = False) -> "Windows":
        """Read windows written by `save`, memory-mapped and read-only if ``mmap``.

        Raises
        ------
        MissingError
            If a file of ``folder`` is missing.
        """
        arrays = []
        for field in fields(cls):
            path = folder / f"{field.name}.npy"
            if not path.is_file():
                raise MissingError(
                    f"no windows at {folder}: {path.name} is missing, build the sequences first"
                )
            arrays.append(np.load(path, mmap_mode="r" if mmap else None, allow_pickle=False))
        return cls(*arrays)


def concatenate(parts: Sequence[Windows]) -> Windows:
    """Join windows of one history length, in the order given.

    Raises
    ------
    UsageError
        If ``parts`` is empty or the lengths differ.
    """
    lengths = sorted({windows.histories.shape[1] for windows in parts})
    if len(lengths) != 1:
        raise UsageError(f"can only join windows of one history length, got lengths {lengths}")
    return Windows(*(np.concatenate([getattr(p, field.name) for p in parts]) for field in fields(Windows)))


def production_windows(events: Events, is_label: np.ndarray, *, length: int, min_history: int) -> Windows:
    """Cut a window for each flagged event, its history the user's last events before it.

    An event of the label's own second is never part of the history: nobody can tell which came first.

    Parameters
    ----------
    events : Events
        Labels and everything that may precede them.
    is_label : (N,) bool
        Which events get a window.
    length : int
        L, items per history.
    min_history : int
        Labels with fewer earlier events get no window.

    Returns
    -------
    Windows
        In the order of the labels in ``events``.
    """
    users = by_user(events)
    times = events.times[users.order]
    starts_second = np.ones(len(events), dtype=bool)
    starts_second[1:] = (times[1:] != times[:-1]) | (users.first[1:] != users.first[:-1])
    second = np.maximum.accumulate(np.where(starts_second, np.arange(len(events)), 0))
    enough = second - users.first >= min_history
    labels = np.flatnonzero(enough & np.asarray(is_label, dtype=bool)[users.order])
    return _cut(events, users, labels, second[labels], length)


def block_windows(events: Events, *, length: int, stride: int) -> Windows:
    """Cut windows of ``length + 1`` events that lie wholly inside ``events``, one slice of time.

    Each user's last window ends at the user's last event and earlier ones follow at ``stride``; users
    with fewer than ``length + 1`` events get none (protocol `block`).

    Returns
    -------
    Windows
        In the order of the labels in ``events``.
    """
    users = by_user(events)
    places = np.arange(len(events))
    on_grid = (users.last - 1 - places) % stride == 0
    labels = np.flatnonzero(on_grid & (places - users.first >= length))
    return _cut(events, users, labels, labels, length)


def _cut(events: Events, users: ByUser, labels: np.ndarray, ends: np.ndarray, length: int) -> Windows:
    # Places in users.order; the history of labels[i] is the `length` places before ends[i].
    in_time = np.argsort(users.order[labels])
    labels, ends = labels[in_time], ends[in_time]
    histories, history_times = last_before(events, users, places=labels, ends=ends, length=length)
    at = users.order[labels]
    return Windows(
        events.user_ids[at],
        histories,
        history_times,
        events.items[at].astype(np.int32),
        events.times[at].astype(np.int64),
    )
