"""A region's entries, searched for those most like some histories."""

import numpy as np
import torch
from torch import Tensor

from raie.datastore.entries import Entries
from raie.datastore.neighbours import Neighbours, nearest, nobody
from raie.sequences.windows import Windows

SEARCHED_AT_ONCE = 64
"""Histories of a search, filled up: what one of them finds does not depend on how many others ask."""


def found(entries: Entries, encodings: np.ndarray, n_known: np.ndarray) -> tuple[Tensor, Tensor]:
    """Find the neighbours of histories.

    Parameters
    ----------
    entries : Entries
    encodings : (B, d) float32
        Unit rows.
    n_known : (B,) int64
        How many entries, from the oldest, each may find.

    Returns
    -------
    cosines, items : (B, N_NEIGHBOURS)
        As in `raie.datastore.neighbours.Neighbours`.
    """
    cosines, items = nobody(len(encodings))
    known, labels = torch.as_tensor(entries.encodings), torch.as_tensor(entries.next_items).long()
    for first in range(0, len(encodings) if len(entries) else 0, SEARCHED_AT_ONCE):
        rows = np.arange(first, min(first + SEARCHED_AT_ONCE, len(encodings)))
        filled = np.resize(rows, SEARCHED_AT_ONCE)
        nearby, places = nearest(torch.as_tensor(encodings[filled]), known, torch.as_tensor(n_known[filled]))
        width = nearby.shape[1]
        cosines[rows, :width] = nearby[: len(rows)]
        items[rows, :width] = labels[places[: len(rows)]]
    return cosines, items


def earlier(entries: Entries, windows: Windows, encodings: np.ndarray) -> Neighbours:
    """Find the neighbours of windows, (B, d) encodings, among what came before the second of each label."""
    n_known = np.searchsorted(entries.times, windows.label_times)
    return Neighbours.of(*found(entries, encodings, n_known), windows.histories)
