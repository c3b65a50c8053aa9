"""Rank the next items of windows, each under the adapter of its route."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from raie.adapters.bank import AdapterBank
from raie.backbones.itemblocks import table_rows
from raie.backbones.ranking import item_ranks
from raie.datastore.interpolation import Answers
from raie.exceptions import UsageError
from raie.metrics.ranking import target_ranks
from raie.regions.geometry import IntArray
from raie.routing.router import Routes
from raie.sequences.windows import Windows


def routed_ranks(
    bank: AdapterBank, windows: Windows, routes: Routes, region_ids: Sequence[str], *, batch_size: int
) -> NDArray[np.int64]:
    """Rank each window's next item among all items; items of the history are not removed.

    Parameters
    ----------
    bank : AdapterBank
        Holds an adapter for every region that a route leads to.
    windows : Windows
        N windows.
    routes : Routes
        N routes.
    region_ids : sequence of str
        Ids of the region set that the routes were made with.
    batch_size : int
        Rows scored at once, of whatever regions: the bound on memory.

    Returns
    -------
    (N,) int64
        From 1, as `raie.metrics.ranking.target_ranks` counts; an unknown next item is a ``MISS``.

    Raises
    ------
    MissingError
        If the bank holds no adapter for a route.
    UsageError
        If routes and windows differ in number.
    """
    if len(routes) != len(windows):
        raise UsageError(f"{len(routes)} routes for {len(windows)} histories: route each history once")
    adapters, ranks = routes.adapters(region_ids), np.zeros(len(windows), dtype=np.int64)
    for first in range(0, len(windows), batch_size):
        rows = slice(first, first + batch_size)
        states = bank.states(windows.histories[rows], windows.history_times[rows], adapters[rows])
        ranks[rows] = _ranks(bank, states, windows.next_items[rows])
    return ranks


def answered_ranks(
    bank: AdapterBank,
    windows: Windows,
    answers: Answers,
    routes: Routes,
    region_ids: Sequence[str],
    *,
    batch_size: int,
) -> NDArray[np.int64]:
    """Rank next items as `routed_ranks` does, where regions answer by more than their adapters.

    Parameters
    ----------
    answers : Answers
        To the histories of the windows.
    """
    adapters, ranks = routes.adapters(region_ids), np.zeros(len(windows), dtype=np.int64)
    size = table_rows(batch_size, len(bank.item_vectors()))
    for first in range(0, len(windows), size):
        rows = slice(first, first + size)
        states = bank.states(windows.histories[rows], windows.history_times[rows], adapters[rows])
        likely = answers.probabilities(bank.scores(states), np.arange(len(windows))[rows])
        ranks[rows] = target_ranks(likely.numpy(), windows.next_items[rows])
    return ranks


def base_ranks(bank: AdapterBank, windows: Windows, *, batch_size: int) -> NDArray[np.int64]:
    """Rank each window's next item under the base model, as `routed_ranks` does under adapters."""
    states = base_states(bank, windows, batch_size=batch_size)
    return state_ranks(bank, states, windows.next_items, batch_size=batch_size)


def base_states(bank: AdapterBank, windows: Windows, *, batch_size: int) -> NDArray[np.float32]:
    """States of the base model that next items are scored from, (N, d)."""
    vectors = bank.item_vectors()
    states = np.zeros((len(windows), vectors.shape[1]), dtype=np.float32)
    for first in range(0, len(windows), batch_size):
        rows = slice(first, first + batch_size)
        histories, times = windows.histories[rows], windows.history_times[rows]
        states[rows] = bank.states(histories, times, [None] * len(histories)).cpu().numpy()
    return states


def state_ranks(
    bank: AdapterBank, states: NDArray[np.float32], next_items: IntArray, *, batch_size: int
) -> NDArray[np.int64]:
    """Rank next items, (N,) int, from states that were made before, (N, d)."""
    ranks = np.zeros(len(states), dtype=np.int64)
    for first in range(0, len(states), batch_size):
        rows = slice(first, first + batch_size)
        ranks[rows] = _ranks(bank, torch.as_tensor(states[rows], device=bank.device), next_items[rows])
    return ranks


def _ranks(bank: AdapterBank, states: Tensor, next_items: IntArray) -> NDArray[np.int64]:
    targets = torch.as_tensor(next_items.astype(np.int64), device=states.device)
    return item_ranks(states, bank.item_vectors(), targets).cpu().numpy()
