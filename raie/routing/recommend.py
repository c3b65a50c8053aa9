"""The best items for each history, under the adapter of its route."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from raie.exceptions import UsageError
from raie.metrics.ranking import top_k
from raie.regions.geometry import IntArray
from raie.routing.router import Routes

if TYPE_CHECKING:  # importing PEFT takes seconds; whoever has a bank has spent them
    from raie.adapters.bank import AdapterBank

FILLING = 1
"""Item that a filling history repeats: without padding in it, no batch is cut to its longest history."""


def recommend(
    bank: "AdapterBank",
    histories: IntArray,
    times: IntArray,
    routes: Routes,
    region_ids: Sequence[str],
    *,
    k: int,
    exclude_seen: bool,
    batch_size: int,
    seen: Sequence[IntArray] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """List ``k`` items for each history, best first; equal scores go to the lower item index.

    Every batch has the same shape, filled up with a full history: products of another shape may round
    differently, and a history must get the same items whoever else is asked for.

    Parameters
    ----------
    bank : AdapterBank
        Holds an adapter for every region that a route leads to.
    histories, times : (N, L) int
        As in `raie.sequences.windows.Windows`.
    routes : Routes
        N routes.
    region_ids : sequence of str
        Ids of the region set that the routes were made with.
    k : int
    exclude_seen : bool
        Leave out the items of the history, and those of ``seen``.
    batch_size : int
        Rows scored at once, one of them a filling: the bound on memory.
    seen : sequence of (any,) int, optional
        For each row, further item indices to leave out: those older than its history.

    Returns
    -------
    items : (N, k) int64
        Item indices; 0 where fewer than ``k`` items are left.
    scores : (N, k) float32
        Minus infinity where ``items`` is 0.

    Raises
    ------
    MissingError
        If the bank holds no adapter for a route.
    UsageError
        If ``k`` is below 1, or the numbers of rows differ.
    """
    if k < 1:
        raise UsageError(f"k = {k}: ask for at least 1 item")
    n = len(histories)
    if len(routes) != n:
        raise UsageError(f"{len(routes)} routes for {n} histories: route each history once")
    if seen is not None and len(seen) != n:
        raise UsageError(f"{len(seen)} lists of seen items for {n} histories: pass one each")
    items = np.zeros((n, k), dtype=np.int64)
    best = np.full((n, k), -np.inf, dtype=np.float32)
    for adapter, rows in routes.batches(region_ids, batch_size=max(batch_size - 1, 1)):
        arrays = _filled(histories[rows], FILLING, batch_size), _filled(times[rows], 0, batch_size)
        scores = bank.scores(bank.states(*arrays, adapter)).cpu().numpy()[: len(rows)]
        if exclude_seen:
            _leave_out(scores, histories[rows], [seen[row] for row in rows] if seen is not None else ())
        items[rows], best[rows] = top_k(scores, k)
    return items, best


def _filled(rows: IntArray, value: int, size: int) -> IntArray:
    whole = np.full((size, rows.shape[1]), value, dtype=rows.dtype)
    whole[: len(rows)] = rows
    return whole


def _leave_out(scores: NDArray[np.float32], histories: IntArray, seen: Sequence[IntArray]) -> None:
    """Set the items of histories and of ``seen`` to minus infinity, in place."""
    np.put_along_axis(scores, histories.astype(np.int64), -np.inf, axis=1)
    if len(seen):
        rows = np.repeat(np.arange(len(seen)), [len(items) for items in seen])
        scores[rows, np.concatenate(seen).astype(np.int64)] = -np.inf
