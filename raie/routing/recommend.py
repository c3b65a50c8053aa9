"""The best items for each history, under the adapter of its route."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from raie.adapters.bank import AdapterBank
from raie.backbones.topk import Pairs, top_items, top_scores
from raie.datastore.interpolation import Answers
from raie.exceptions import UsageError
from raie.regions.geometry import IntArray
from raie.routing.fixedbatches import fixed_batches, with_filling
from raie.routing.router import Routes


def recommend(
    bank: AdapterBank,
    histories: IntArray,
    times: IntArray,
    routes: Routes,
    region_ids: Sequence[str],
    *,
    k: int,
    exclude_seen: bool,
    batch_size: int,
    seen: Sequence[IntArray] | None = None,
    answers: Answers | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """List ``k`` items for each history, best first; equal scores go to the lower item index.

    What a history gets does not depend on who else is asked for: regions share a batch, but a row is
    multiplied with its own adapter alone, and every batch has the same shape (`fixed_batches`).

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
    answers : Answers, optional
        To the N histories, where regions answer by more than their adapters.

    Returns
    -------
    items : (N, k) int64
        Item indices; 0 where fewer than ``k`` items are left.
    scores : (N, k) float32
        Log probabilities where there are ``answers``, else logits; minus infinity where ``items`` is 0.

    Raises
    ------
    MissingError
        If the bank holds no adapter for a route.
    UsageError
        If ``k`` is below 1, or the numbers of rows differ.
    """
    n = len(histories)
    if k < 1:
        raise UsageError(f"k = {k}: ask for at least 1 item")
    if len(routes) != n:
        raise UsageError(f"{len(routes)} routes for {n} histories: route each history once")
    if seen is not None and len(seen) != n:
        raise UsageError(f"{len(seen)} lists of seen items for {n} histories: pass one each")
    items, scores = np.zeros((n, k), dtype=np.int64), np.full((n, k), -np.inf, dtype=np.float32)
    whole, whole_times = with_filling(histories, times)
    adapters, vectors = [*routes.adapters(region_ids), None], bank.item_vectors()
    for dealt in fixed_batches(n, batch_size=batch_size):
        rows = dealt[dealt < n]
        states = bank.states(whole[dealt], whole_times[dealt], [adapters[row] for row in dealt])
        known = _seen(rows, histories, seen) if exclude_seen else None
        if answers is None:
            found = top_items(states, vectors, k, excluded=known and known.to(states.device))
        else:
            found = _most_likely(answers.probabilities(bank.scores(states), dealt), k, known)
        items[rows], scores[rows] = (part[: len(rows)].cpu().numpy() for part in found)
    return items, scores


def _most_likely(probabilities: Tensor, k: int, excluded: Pairs | None) -> tuple[Tensor, Tensor]:
    """Items of the highest probabilities with logarithms; what is too small for a number is the least."""
    items, best = top_scores(probabilities, k, excluded=excluded)
    least = torch.finfo(best.dtype).tiny
    return items, torch.where(best < 0, best, best.clamp(min=least).log())


def _seen(rows: IntArray, histories: IntArray, seen: Sequence[IntArray] | None) -> Pairs:
    """Items of histories and of ``seen``, by their place in the batch."""
    known = [histories[row] for row in rows]
    if seen is not None:
        known = [np.concatenate([history, seen[row]]) for row, history in zip(rows, known, strict=True)]
    places = np.repeat(np.arange(len(rows)), [len(items) for items in known])
    return Pairs(torch.from_numpy(places), torch.from_numpy(np.concatenate(known).astype(np.int64)))
