"""How many regions: silhouette or BIC over a range."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import silhouette_score

from raie.exceptions import UsageError
from raie.regions.geometry import FloatArray, IntArray, unit_rows
from raie.regions.kmeans import resultants, spherical_kmeans
from raie.regions.vmf import mixture_bic

Criterion = Literal["silhouette", "bic"]
_SILHOUETTE_SAMPLE = 2000


@dataclass(frozen=True)
class Selection:
    """The number with the highest score, and every score.

    Attributes
    ----------
    n_regions : int
    scores : dict of int to float
    """

    n_regions: int
    scores: dict[int, float]


def select_n_regions(
    encodings: NDArray[Any],
    *,
    numbers: Sequence[int],
    criterion: Criterion = "bic",
    seed: int,
    n_init: int = 8,
    max_iter: int = 100,
) -> Selection:
    """Score a partition for every number; ties go to the smaller one.

    `silhouette` is the cosine silhouette of a sample of 2,000 (needs at least 2 regions), `bic` that of
    `vmf.mixture_bic`.

    Raises
    ------
    UsageError
        If no number is given, or one is out of range.
    """
    least = 2 if criterion == "silhouette" else 1
    if not numbers or min(numbers) < least:
        raise UsageError(f"numbers = {list(numbers)}: {criterion} needs numbers of regions from {least} up")
    rows = unit_rows(encodings, min_rows=max(numbers))
    scores: dict[int, float] = {}
    for number in sorted(set(numbers)):
        found = spherical_kmeans(rows, n_clusters=number, seed=seed, n_init=n_init, max_iter=max_iter)
        scores[number] = _score(rows, found.labels_, criterion, seed)
    return Selection(max(scores, key=lambda number: scores[number]), scores)


def _score(rows: FloatArray, labels: IntArray, criterion: Criterion, seed: int) -> float:
    counts = np.bincount(labels).astype(np.float64)
    if criterion == "bic":
        return mixture_bic(resultants(rows, labels, n_clusters=counts.size), counts)
    if rows.shape[0] > _SILHOUETTE_SAMPLE:
        sample = np.random.default_rng(seed).choice(rows.shape[0], _SILHOUETTE_SAMPLE, replace=False)
        rows, labels = rows[sample], labels[sample]
    return float(silhouette_score(rows, labels, metric="cosine"))
