"""What a frozen backbone makes of histories: each history is read once, however often it is met."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raie.sequences.windows import Windows

Rows = NDArray[Any]


class Readings:
    """One vector per history, kept for whoever meets the history again.

    A vector depends on the weights that never change and on the rows of the history's items, which are
    never rewritten: two snapshots of one generation may share their readings, however many items either
    knows.
    """

    def __init__(self) -> None:
        self._kept: dict[bytes, Rows] = {}

    def of(self, windows: Windows, read: Callable[[Windows], Rows]) -> Rows:
        """Return the vectors of histories, (N, d); those met for the first time are read together.

        Parameters
        ----------
        windows : Windows
            N windows; their labels are not looked at.
        read : callable
            Makes (M, d) of M windows: by the same weights at every call.
        """
        if not len(windows):
            return read(windows)
        keys = _keys(windows)
        places = {key: row for row, key in enumerate(keys) if key not in self._kept}
        if places:
            made = read(windows.take(np.fromiter(places.values(), dtype=np.int64)))
            self._kept.update(zip(places, made, strict=True))
        return np.stack([self._kept[key] for key in keys])


def _keys(windows: Windows) -> list[bytes]:
    """The bytes of a history's items and times: the same for the same history."""
    both = np.concatenate([windows.histories.astype(np.int64), windows.history_times], axis=1)
    return [row.tobytes() for row in both]
