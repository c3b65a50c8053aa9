"""Drift: how far the regions turned in a night."""

from itertools import pairwise

import numpy as np

from raie.audit.chronicle import Chronicle
from raie.regions.geometry import FloatArray
from raie.regions.regionset import RegionSet


def drift_per_night(chronicle: Chronicle) -> FloatArray:
    """Degrees that the centers turned on each night, (N,).

    The mean over the regions that live before and after it, by their shares after it; NaN on a generation's
    first night, whose space is another, and on a refused one.
    """
    generations = chronicle.promoted.set_index("snapshot")["generation"].to_dict()
    degrees = np.full(len(chronicle.nights), np.nan)
    for (earlier, _), (later, place) in pairwise(chronicle.places.items()):
        if generations[earlier] == generations[later]:
            degrees[place] = mean_turn(chronicle.sets[earlier], chronicle.sets[later])
    return degrees


def mean_turn(before: RegionSet, after: RegionSet) -> float:
    """Mean degrees between the centers of each region, by shares afterwards; NaN without common regions."""
    common = [name for name in after.ids if name in before.ids]
    if not common:
        return float("nan")
    rows = [after.index(name) for name in common]
    old = before.centers_[[before.index(name) for name in common]]
    turned = angles(old, after.centers_[rows])
    return float(np.degrees(np.average(turned, weights=after.mixture_weights_[rows])))


def angles(first: FloatArray, second: FloatArray) -> FloatArray:
    """Radians between unit vectors, row by row, (N,); exact for small ones, where a cosine is too flat."""
    chords = np.linalg.norm(second - first, axis=1), np.linalg.norm(second + first, axis=1)
    return np.asarray(2 * np.arctan2(*chords))
