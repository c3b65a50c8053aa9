"""What a snapshot recommends: each history is routed, and the best items are listed with the reason why."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from raie.columns import USER
from raie.routing.fixedbatches import fixed_batches, with_filling
from raie.routing.recommend import recommend
from raie.routing.router import Routes, trace
from raie.sequences.vocabulary import Vocabulary
from raie.sequences.windows import Windows
from raie.snapshots.serving import ServedSnapshot


def recommend_users(
    served: ServedSnapshot,
    vocabulary: Vocabulary,
    current: Windows,
    *,
    k: int,
    exclude_seen: bool,
    seen: Sequence[NDArray[np.int64]] | None = None,
) -> pd.DataFrame:
    """Route every window and list its ``k`` best items.

    What a window gets does not depend on which others are asked for, to the bit on one processor.

    Parameters
    ----------
    served : ServedSnapshot
    vocabulary : Vocabulary
        Of the same snapshot.
    current : Windows
        N histories, one per user; their labels are not read.
    k : int
    exclude_seen : bool
        Leave out the items of the history, and those of ``seen``.
    seen : sequence of (any,) int64, optional
        For each window, further item indices to leave out: those older than its history.

    Returns
    -------
    DataFrame
        A row per window, in order: user_id str; region, runner_up, adapter str; angle, radius float64
        (radians); margin float64; fallback bool (`raie.routing.router.trace`); neighbour_share float64, how
        much of the answer is what the region's neighbours chose; items list of str, best first, and scores
        list of float, both shorter than ``k`` where fewer items are left.

    Raises
    ------
    UsageError
        If ``k`` is below 1, a history is empty, or ``seen`` differs from ``current`` in number.
    """
    encodings, routes = _route(served, current)
    answers = served.answers(encodings, current.histories, routes)
    items, scores = recommend(
        served.bank,
        current.histories,
        current.history_times,
        routes,
        served.regions.ids,
        k=k,
        exclude_seen=exclude_seen,
        batch_size=served.params.evaluate.batch_size,
        seen=seen,
        answers=answers,
    )
    # index 0 stands for "fewer than k items are left"
    names = np.array(["", *vocabulary.items], dtype=object)
    frame = pd.DataFrame({USER: current.user_ids.astype(object), **trace(routes, served.regions.ids)})
    frame["neighbour_share"] = answers.neighbour_shares() if answers else 0.0
    frame["items"] = [[name for name in row if name] for row in names[items].tolist()]
    frame["scores"] = [row[np.isfinite(row)].tolist() for row in scores]
    return frame


def _route(served: ServedSnapshot, current: Windows) -> tuple[NDArray[np.float32], Routes]:
    """Encode and route in batches of one shape, as `recommend` scores them, and for its reason."""
    n = len(current)
    dealt = fixed_batches(n, batch_size=served.params.evaluate.batch_size)
    histories, times = with_filling(current.histories, current.history_times)
    rows = dealt.ravel()
    others = current.take(np.minimum(rows, n - 1))  # encoding reads neither users nor labels
    whole = replace(others, histories=histories[rows], history_times=times[rows])
    encodings = served.encode(whole, batch_size=dealt.shape[1])
    real = np.flatnonzero(rows < n)
    return encodings[real], served.route(encodings).take(real)
