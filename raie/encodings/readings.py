"""What a frozen backbone makes of histories: each history is read once, however often it is met."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from raie.backbones.protocol import Backbone
from raie.backbones.store import ADDED_ROWS
from raie.sequences.windows import Windows

Rows = NDArray[Any]


class Readings:
    """One vector per history, kept for whoever meets the history again.

    A vector depends on the backbone's weights and on the rows of the history's items: two snapshots whose
    backbones `read_alike` may share their readings, however many items either knows.
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


def read_alike(one: Backbone, other: Backbone) -> bool:
    """Whether two backbones make the same of every history that both can read.

    Nights only add rows. But where a night was made anew without some of its events, an item may have
    another row than it had.
    """
    weights, others = (
        {name: tensor.cpu() for name, tensor in backbone.state_dict().items()} for backbone in (one, other)
    )
    rows, other_rows = (named.pop(ADDED_ROWS) for named in (weights, others))
    known = min(len(rows), len(other_rows))
    return (
        weights.keys() == others.keys()
        and all(torch.equal(weights[name], others[name]) for name in weights)
        and torch.equal(rows[:known], other_rows[:known])
    )


def _keys(windows: Windows) -> list[bytes]:
    """The bytes of a history's items and times: the same for the same history."""
    both = np.concatenate([windows.histories.astype(np.int64), windows.history_times], axis=1)
    return [row.tobytes() for row in both]
