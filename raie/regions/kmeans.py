"""Spherical k-means: the mean direction of each cluster is its center."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from raie.exceptions import UsageError
from raie.regions.geometry import FloatArray, IntArray, unit_rows

_TOLERANCE = 1e-7
"""Relative gain in inertia below which an iteration is the last."""
_DUPLICATE = 1e-9
"""Squared distance below which two encodings count as one."""


@dataclass(frozen=True, eq=False)
class KMeansResult:
    """A partition of the sphere; clusters are ordered by size, the largest first.

    Attributes
    ----------
    labels_ : (n,) int64
    centers_ : (k, d) float64, unit
    inertia_ : float
        Sum of squared distances to the center, 2 (1 - c.z) each.
    """

    labels_: IntArray
    centers_: FloatArray
    inertia_: float


def spherical_kmeans(
    encodings: NDArray[Any], *, n_clusters: int, seed: int, n_init: int = 8, max_iter: int = 100
) -> KMeansResult:
    """Lloyd's algorithm on the sphere from greedy k-means++ starts; the best of n_init is returned.

    A cluster that runs empty takes the encoding farthest from its center. Same seed, same result.

    Parameters
    ----------
    encodings : (n, d) floats, unit rows

    Raises
    ------
    UsageError
        If there are fewer distinct encodings than clusters, or rows are not unit vectors.
    """
    if n_clusters < 1:
        raise UsageError(f"n_clusters = {n_clusters}: ask for at least 1")
    rows = unit_rows(encodings, min_rows=n_clusters)
    generator = np.random.default_rng(seed)
    best: KMeansResult | None = None
    for _ in range(n_init):
        result = _lloyd(rows, _spread_start(rows, n_clusters, generator), max_iter)
        if best is None or result.inertia_ < best.inertia_:
            best = result
    assert best is not None
    return _largest_first(best)


def resultants(encodings: FloatArray, labels: IntArray, *, n_clusters: int) -> FloatArray:
    """Sum of the encodings of every cluster: (n, d), (n,) -> (k, d)."""
    ones, columns = np.ones(labels.size), np.arange(labels.size)
    membership = csr_array((ones, (labels, columns)), shape=(n_clusters, labels.size))
    return np.asarray(membership @ encodings)


def _spread_start(rows: FloatArray, n_clusters: int, generator: np.random.Generator) -> FloatArray:
    n_trials = 2 + int(np.log(n_clusters))
    chosen = [int(generator.integers(rows.shape[0]))]
    distances = _squared_distances(rows, rows[chosen])[:, 0]
    while len(chosen) < n_clusters:
        if distances.max() <= _DUPLICATE:
            raise UsageError(
                f"only {len(chosen)} distinct encodings for {n_clusters} clusters: ask for fewer clusters"
            )
        # Rounding must not let a chosen encoding be drawn again.
        cumulated = np.cumsum(np.where(distances > _DUPLICATE, distances, 0.0))
        draws = np.searchsorted(cumulated, generator.random(n_trials) * cumulated[-1], side="right")
        trials = np.minimum(distances[:, None], _squared_distances(rows, rows[draws]))
        best = int(trials.sum(axis=0).argmin())
        chosen.append(int(draws[best]))
        distances = trials[:, best]
    return rows[chosen]


def _squared_distances(rows: FloatArray, centers: FloatArray) -> FloatArray:
    return np.maximum(2.0 - 2.0 * (rows @ centers.T), 0.0)


def _lloyd(rows: FloatArray, centers: FloatArray, max_iter: int) -> KMeansResult:
    labels, inertia = _assign(rows, centers)
    for _ in range(max_iter):
        before = inertia
        centers = _mean_directions(rows, labels, centers)
        labels, inertia = _assign(rows, centers)
        if before - inertia <= _TOLERANCE * before and not _empty(labels, centers).size:
            break
    if _empty(labels, centers).size:  # out of iterations: fill, and let the centers follow once
        labels = _refilled(rows, labels, centers)
        centers = _mean_directions(rows, labels, centers)
        inertia = float((2.0 - 2.0 * np.sum(rows * centers[labels], axis=1)).sum())
    return KMeansResult(labels, centers, inertia)


def _assign(rows: FloatArray, centers: FloatArray) -> tuple[IntArray, float]:
    distances = _squared_distances(rows, centers)
    labels = distances.argmin(axis=1)
    return labels, float(distances[np.arange(labels.size), labels].sum())


def _mean_directions(rows: FloatArray, labels: IntArray, centers: FloatArray) -> FloatArray:
    if _empty(labels, centers).size:
        labels = _refilled(rows, labels, centers)
    sums = resultants(rows, labels, n_clusters=centers.shape[0])
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    # Members that cancel out have no mean direction: such a center stays where it was.
    return np.where(lengths > 1e-12, sums / np.maximum(lengths, 1e-12), centers)


def _empty(labels: IntArray, centers: FloatArray) -> IntArray:
    return np.flatnonzero(np.bincount(labels, minlength=centers.shape[0]) == 0)


def _refilled(rows: FloatArray, labels: IntArray, centers: FloatArray) -> IntArray:
    distances = _squared_distances(rows, centers)[np.arange(labels.size), labels]
    refilled = labels.copy()
    sizes = np.bincount(labels, minlength=centers.shape[0])
    farthest = iter(np.argsort(-distances, kind="stable"))
    for cluster in _empty(labels, centers):
        row = next(row for row in farthest if sizes[refilled[row]] > 1)
        sizes[refilled[row]] -= 1
        refilled[row] = cluster
    return refilled


def _largest_first(result: KMeansResult) -> KMeansResult:
    n_clusters = result.centers_.shape[0]
    order = np.argsort(-np.bincount(result.labels_, minlength=n_clusters), kind="stable")
    renamed = np.empty(n_clusters, dtype=np.int64)
    renamed[order] = np.arange(n_clusters)
    return KMeansResult(renamed[result.labels_], result.centers_[order], result.inertia_)
