"""Which region of a new generation goes on which region of the one before, by content and by center.

The two generations live in spaces of different backbones, where no center of the one means anything in the
other. What they share are sequences: the old regions' memories, encoded again with the new backbone.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from raie.exceptions import UsageError
from raie.regions.geometry import FloatArray, IntArray, angles, unit_rows
from raie.regions.posterior import known_regions, region_posterior
from raie.regions.regionset import RegionSet, region_id


@dataclass(frozen=True, eq=False)
class Lineage:
    """How K new regions descend from M old ones.

    Attributes
    ----------
    share_of : (K, M) float64
        Share of an old region's memory that the new region takes, by posterior; columns sum to 1.
    share_from : (K, M) float64
        Share of all that the new region takes that was the old region's, every memory standing for its
        region's count; rows sum to 1, or to 0 where a region takes nothing.
    angles : (K, M) float64
        Radians from the new center to the mean direction of the old region's memory.
    predecessor : (K,) int64
        Row of the old region whose id the new region keeps, -1 where it keeps none.
    ids : (K,) tuple of str
        Kept ids, and fresh ones for all others, the largest first.
    min_share : float
        Least share, both ways, of a pair that shares an id; least share, one way, of a parent.
    """

    share_of: FloatArray
    share_from: FloatArray
    angles: FloatArray
    predecessor: IntArray
    ids: tuple[str, ...]
    min_share: float

    def parents(self, row: int) -> list[int]:
        """Rows of the old regions that a new one took notable content from, most of it first.

        Notable is `min_share` of the old region's content or of the new one's. The region whose id it keeps
        is not among them.
        """
        most = np.maximum(self.share_of[row], self.share_from[row])
        notable = np.flatnonzero((most >= self.min_share) & (np.arange(most.size) != self.predecessor[row]))
        return sorted(notable.tolist(), key=lambda old: -float(self.share_from[row, old]))


def trace_lineage(
    regions: RegionSet,
    before: RegionSet,
    *,
    memory_encodings: NDArray[Any],
    memory_regions: NDArray[np.str_],
    min_share: float,
) -> Lineage:
    """Match new regions to old ones, one to one.

    A pair's score is the overlap of their content (the harmonic mean of its two shares) times the cosine of
    the angle between their centers. The assignment of the highest total score is taken (Kuhn 1955) among
    the pairs with `min_share` of their content in common, seen from each, and an angle below 90 degrees.

    Parameters
    ----------
    regions : RegionSet
        Of the new generation, in its own space; its ids are not read.
    before : RegionSet
        Of the old generation; its space is not entered.
    memory_encodings, memory_regions : (m, d) floats, (m,) str
        The old regions' memories in the new space, and the old region of each row.
    min_share : float
        In (0, 1].

    Raises
    ------
    UsageError
        If rows are not unit vectors, of another dimension than the new regions, or not one id each.
    MissingError
        If a memory names a region that is not in the old set.
    """
    rows = unit_rows(memory_encodings, name="memory_encodings")
    if len(memory_regions) != len(rows):
        raise UsageError(
            f"{len(rows)} memory_encodings but {len(memory_regions)} memory_regions: pass an id for each"
        )
    olds = known_regions(memory_regions, before)
    share_of = _shares(region_posterior(rows, regions, sharpness=1.0).region, olds, len(regions), len(before))
    evidence = share_of * before.counts_
    share_from = evidence / np.maximum(evidence.sum(axis=1, keepdims=True), np.finfo(np.float64).tiny)
    apart = angles(regions.centers_, _mean_directions(rows, olds, len(before)))
    predecessor = _assigned(share_of, share_from, apart, min_share)
    ids = _ids(predecessor, regions.counts_, before)
    return Lineage(share_of, share_from, apart, predecessor, ids, min_share)


def _shares(news: IntArray, olds: IntArray, n_new: int, n_old: int) -> FloatArray:
    taken = np.zeros((n_new, n_old))
    np.add.at(taken, (news, olds), 1.0)
    shares: FloatArray = taken / np.maximum(taken.sum(axis=0), 1.0)
    return shares


def _mean_directions(rows: FloatArray, olds: IntArray, n_old: int) -> FloatArray:
    sums = np.zeros((n_old, rows.shape[1]))
    np.add.at(sums, olds, rows)
    # A region without a memory has no direction: 90 degrees from everything, it is matched to nothing.
    directions: FloatArray = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)
    return directions


def _assigned(share_of: FloatArray, share_from: FloatArray, apart: FloatArray, min_share: float) -> IntArray:
    eligible = (np.minimum(share_of, share_from) >= min_share) & (apart < np.pi / 2)
    overlap = 2 * share_of * share_from / np.where(eligible, share_of + share_from, 1.0)
    scores = np.where(eligible, overlap * np.cos(apart), 0.0)
    predecessor = np.full(len(scores), -1)
    for new, old in zip(*linear_sum_assignment(scores, maximize=True), strict=True):
        if eligible[new, old]:
            predecessor[new] = old
    return predecessor


def _ids(predecessor: IntArray, counts: FloatArray, before: RegionSet) -> tuple[str, ...]:
    ids = [before.ids[old] if old >= 0 else "" for old in predecessor]
    fresh = np.flatnonzero(predecessor < 0)
    largest_first = fresh[np.argsort(-counts[fresh], kind="stable")]
    for serial, row in enumerate(largest_first, start=before.next_serial):
        ids[row] = region_id(serial)
    return tuple(ids)
