"""Rank the next items of windows, each under the adapter of its route."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from raie.exceptions import UsageError
from raie.metrics.ranking import target_ranks
from raie.regions.geometry import IntArray
from raie.routing.router import Routes, base_routes
from raie.sequences.windows import Windows

if TYPE_CHECKING:  # importing PEFT takes seconds; whoever has a bank has spent them
    from raie.adapters.bank import AdapterBank


def routed_scores(
    bank: "AdapterBank",
    histories: IntArray,
    times: IntArray,
    routes: Routes,
    region_ids: Sequence[str],
    *,
    batch_size: int,
) -> Iterator[tuple[IntArray, NDArray[np.float32]]]:
    """Yield rows and their scores, (B,) and (B, n_items + 1), until every row was yielded once.

    Parameters
    ----------
    bank : AdapterBank
        Holds an adapter for every region that a route leads to.
    histories, times : (N, L) int
        As in `Windows`.
    routes : Routes
        N routes.
    region_ids : sequence of str
        Ids of the region set that the routes were made with.
    batch_size : int
        Rows scored at once: the bound on memory.

    Raises
    ------
    MissingError
        If the bank holds no adapter for a route.
    UsageError
        If routes and histories differ in number.
    """
    if len(routes) != len(histories):
        raise UsageError(f"{len(routes)} routes for {len(histories)} histories: route each history once")
    for adapter, rows in routes.batches(region_ids, batch_size=batch_size):
        yield rows, bank.scores(bank.states(histories[rows], times[rows], adapter)).cpu().numpy()


def routed_ranks(
    bank: "AdapterBank", windows: Windows, routes: Routes, region_ids: Sequence[str], *, batch_size: int
) -> NDArray[np.int64]:
    """Rank each window's next item among all items; items of the history are not removed.

    Parameters and errors are those of `routed_scores`.

    Returns
    -------
    (N,) int64
        From 1, as `raie.metrics.ranking.target_ranks` counts; an unknown next item is a ``MISS``.
    """
    ranks = np.zeros(len(windows), dtype=np.int64)
    arrays = windows.histories, windows.history_times
    for rows, scores in routed_scores(bank, *arrays, routes, region_ids, batch_size=batch_size):
        ranks[rows] = target_ranks(scores, windows.next_items[rows])
    return ranks


def base_ranks(bank: "AdapterBank", windows: Windows, *, batch_size: int) -> NDArray[np.int64]:
    """Rank each window's next item under the base model, as `routed_ranks` does under adapters."""
    return routed_ranks(bank, windows, base_routes(len(windows)), (), batch_size=batch_size)
