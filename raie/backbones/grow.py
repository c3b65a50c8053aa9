"""Vectors for items that appeared tonight: placed among their neighbours, then trained alone."""

import copy

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from raie.backbones.batches import batch_of, history_batches
from raie.backbones.items import PAD
from raie.backbones.protocol import Backbone
from raie.exceptions import UsageError
from raie.params import PretrainParams
from raie.sequences.windows import Windows


def new_item_rows(
    backbone: Backbone, windows: Windows, n_new: int, *, params: PretrainParams, seed: int
) -> Tensor:
    """Make vectors for items that the backbone does not know yet; the backbone itself is not changed.

    A row starts as the mean vector of the known items in the histories that precede its item, then only
    the new rows are trained, with full cross-entropy on all of the night's windows: on those that hold a
    new item alone, the rows would learn to win everywhere.

    Parameters
    ----------
    backbone : Backbone
        Frozen.
    windows : Windows
        The night's windows; indices above ``backbone.n_items`` are the new items.
    n_new : int
        Number of new items.
    params : PretrainParams
        ``new_item_epochs``, ``new_item_learning_rate`` and ``batch_size``.
    seed : int
        Of the order of windows.

    Returns
    -------
    (n_new, d) float32
        Rows for `Backbone.grow`.

    Raises
    ------
    UsageError
        If a window holds an item beyond the new ones.
    """
    last = backbone.n_items + n_new
    highest = max(windows.histories.max(initial=PAD), windows.next_items.max(initial=PAD))
    if highest > last:
        raise UsageError(f"a window holds item {highest}, but the vocabulary ends at {last}")
    initial = _mean_neighbours(backbone, windows, n_new)
    labelled = windows.take(windows.next_items != PAD)
    if not (n_new and len(labelled) and params.new_item_epochs):
        return initial
    return _train(backbone, labelled, initial, params, seed)


def _mean_neighbours(backbone: Backbone, windows: Windows, n_new: int) -> Tensor:
    n_items = backbone.n_items
    vectors = backbone.item_vectors().detach()
    labels = np.flatnonzero(windows.next_items > n_items)
    histories = windows.histories[labels].astype(np.int64)
    known = (histories != PAD) & (histories <= n_items)
    neighbours = torch.as_tensor(histories[known], device=vectors.device)
    new = np.repeat(windows.next_items[labels].astype(np.int64) - n_items - 1, known.sum(axis=1))
    owners = torch.as_tensor(new, device=vectors.device)
    sums = torch.zeros(n_new, vectors.shape[1], device=vectors.device).index_add_(
        0, owners, vectors[neighbours]
    )
    counts = torch.bincount(owners, minlength=n_new)[:, None]
    # An item that nothing precedes starts in the middle of all.
    return torch.where(counts > 0, sums / counts.clamp(min=1), vectors[1:].mean(dim=0))


def _train(backbone: Backbone, windows: Windows, rows: Tensor, params: PretrainParams, seed: int) -> Tensor:
    grown = copy.deepcopy(backbone).requires_grad_(False).eval()
    grown.grow(rows)
    n_old = len(grown.items.added) - len(rows)
    added = grown.items.added.requires_grad_(True)
    known = backbone.item_vectors().detach()[1:]
    states = _States(grown, windows, backbone.n_items, params.batch_size)
    optimizer = torch.optim.Adam([added], lr=params.new_item_learning_rate)
    generator = torch.Generator().manual_seed(seed)
    for _ in range(params.new_item_epochs):
        order = torch.randperm(len(windows), generator=generator).numpy()
        for start in range(0, len(order), params.batch_size):
            chosen = order[start : start + params.batch_size]
            targets = torch.as_tensor(windows.next_items[chosen], dtype=torch.int64, device=added.device)
            read = states.of(chosen)
            # Not one product over all vectors: its gradient would be as large as the whole table.
            scores = torch.cat([read @ known.T, read @ added[n_old:].T], dim=1)
            loss = functional.cross_entropy(scores, targets - 1)
            (gradient,) = torch.autograd.grad(loss, added)
            gradient[:n_old] = 0
            added.grad = gradient
            optimizer.step()
    return added.detach()[n_old:].clone()


class _States:
    """States of windows while new rows train: only a history that holds a new item has to be read again."""

    def __init__(self, grown: Backbone, windows: Windows, n_known: int, batch_size: int) -> None:
        self._grown, self._windows = grown, windows
        self._moves = np.asarray((windows.histories > n_known).any(axis=1))
        device = grown.items.genesis.device
        with torch.no_grad():
            batches = history_batches(windows, batch_size=batch_size, device=device)
            self._fixed = torch.cat([grown(batch.items, batch.times) for batch in batches])

    def of(self, chosen: np.ndarray) -> Tensor:
        """States of the windows at ``chosen``, (B, d), differentiable by the new rows."""
        states = self._fixed[chosen]
        moving = np.flatnonzero(self._moves[chosen])
        if not len(moving):
            return states
        again = chosen[moving]
        batch = batch_of(self._windows.histories[again], self._windows.history_times[again], states.device)
        return states.index_copy(
            0, torch.as_tensor(moving, device=states.device), self._grown(batch.items, batch.times)
        )
