"""Means of what windows came to, with intervals over the users they belong to."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from raie.columns import USER
from raie.metrics.bootstrap import Floats, paired_bootstrap
from raie.metrics.ranking import gains_at_k, hits_at_k
from raie.params import Params


@dataclass(frozen=True)
class Estimate:
    """A mean, and its interval where there is something to draw it from.

    Attributes
    ----------
    value : float or None
        None where it is not known.
    low, high : float or None
    """

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Ranked:
    """Recall@k and NDCG@k of N windows, or of one model less those of another."""

    recall: Estimate
    ndcg: Estimate


UNKNOWN = Ranked(Estimate(None), Estimate(None))


def estimate(windows: pd.DataFrame, column: str, params: Params, *, less: str | None = None) -> Ranked:
    """Recall@k and NDCG@k of the ranks in a column, drawing users with replacement.

    Parameters
    ----------
    windows : DataFrame
        One row per window: user_id, and ranks from 1.
    column : str
        Ranks by the model that is asked for.
    params : Params
        The cut-off k, and how the verdict on the snapshot draws: confidence, resamples, seed.
    less : str, optional
        Ranks by another model, whose mean is taken off; both are drawn together.
    """
    k = params.evaluate.k
    if windows.empty:
        return UNKNOWN
    first = windows[column].to_numpy(np.int64)
    second = None if less is None else windows[less].to_numpy(np.int64)
    users = windows[USER].to_numpy(np.str_)
    recall, ndcg = (
        _drawn(score(first, k), np.zeros(len(first)) if second is None else score(second, k), users, params)
        for score in (hits_at_k, gains_at_k)
    )
    return Ranked(recall, ndcg)


def _drawn(first: Floats, second: Floats, users: np.ndarray, params: Params) -> Estimate:
    if len(np.unique(users)) < 2:
        return Estimate(float(np.mean(first - second)))
    drawn = paired_bootstrap(
        first,
        second,
        users,
        seed=params.compute.seed,
        n_resamples=params.promotion.n_resamples,
        confidence=params.promotion.confidence,
    )
    return Estimate(drawn.difference, drawn.low, drawn.high)
