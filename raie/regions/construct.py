"""Region construction: spherical k-means on Set-up encodings, radii from their members."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from raie.params import RegionParams
from raie.regions.geometry import FloatArray, IntArray, unit_rows, weighted_quantile
from raie.regions.kmeans import resultants, spherical_kmeans
from raie.regions.regionset import RegionSet, region_id


def construct_regions(
    encodings: NDArray[Any], *, params: RegionParams, seed: int, snapshot: str, date: str
) -> tuple[RegionSet, IntArray]:
    """Cut the encodings into regions; the largest is r0001.

    Parameters
    ----------
    encodings : (n, d) floats, unit rows
    snapshot : str
        Recorded as the birth of every region.
    date : str
        ISO date, recorded as last seen.

    Returns
    -------
    regions : RegionSet
    labels : (n,) int64
        Row of the region set for every encoding.

    Raises
    ------
    UsageError
        If there are fewer distinct encodings than regions, or rows are not unit vectors.
    """
    rows = unit_rows(encodings, min_rows=params.n_regions)
    partition = spherical_kmeans(
        rows, n_clusters=params.n_regions, seed=seed, n_init=params.n_init, max_iter=params.max_iter
    )
    labels, n_regions = partition.labels_, params.n_regions
    sums = resultants(rows, labels, n_clusters=n_regions)
    radii = [
        member_radius(rows[labels == k], sums[k], radius_quantile=params.radius_quantile)
        for k in range(n_regions)
    ]
    regions = RegionSet.from_statistics(
        ids=tuple(region_id(serial) for serial in range(1, n_regions + 1)),
        parents=((),) * n_regions,
        born=(snapshot,) * n_regions,
        last_seen=(date,) * n_regions,
        next_serial=n_regions + 1,
        resultants=sums,
        counts=np.bincount(labels, minlength=n_regions).astype(np.float64),
        radii=np.array(radii),
    )
    return regions, labels


def member_radius(
    members: FloatArray,
    resultant: FloatArray,
    *,
    radius_quantile: float,
    weights: FloatArray | None = None,
) -> float:
    """R_k in radians: the weighted quantile of the members' angles to the direction of the resultant."""
    cosines = members @ (resultant / np.linalg.norm(resultant))
    angle = np.arccos(np.clip(cosines, -1.0, 1.0))
    weights = np.ones(angle.size) if weights is None else weights
    return weighted_quantile(angle, weights, quantile=radius_quantile)
