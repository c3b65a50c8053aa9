"""The best items for each history, under the adapter of its route."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from raie.exceptions import UsageError
from raie.metrics.ranking import top_k
from raie.regions.geometry import IntArray
from raie.routing.router import Routes
from raie.routing.score import routed_scores

if TYPE_CHECKING:  # importing PEFT takes seconds; whoever has a bank has spent them
    from raie.adapters.bank import AdapterBank


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
        Histories scored at once: the bound on memory.
    seen : sequence of (any,) int, optional
        For each row, further items to leave out: those older than its history.

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
    if seen is not None and len(seen) != len(histories):
        raise UsageError(f"{len(seen)} lists of seen items for {len(histories)} histories: pass one each")
    items = np.zeros((len(histories), k), dtype=np.int64)
    best = np.full((len(histories), k), -np.inf, dtype=np.float32)
    for rows, scores in routed_scores(bank, histories, times, routes, region_ids, batch_size=batch_size):
        if exclude_seen:
            scores = _without_seen(
                scores, histories[rows], () if seen is None else [seen[row] for row in rows]
            )
        items[rows], best[rows] = top_k(scores, k)
    return items, best


def _without_seen(
    scores: NDArray[np.float32], histories: IntArray, seen: Sequence[IntArray]
) -> NDArray[np.float32]:
    left = scores.copy()
    np.put_along_axis(left, histories.astype(np.int64), -np.inf, axis=1)
    for row, items in enumerate(seen):
        left[row, items] = -np.inf
    return left
