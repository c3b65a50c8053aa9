"""The decision for every encoding: Update, Expand, or into the pool."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raie.params import EditParams
from raie.regions.geometry import FloatArray, IntArray, unit_rows
from raie.regions.posterior import Posterior, region_posterior
from raie.regions.regionset import RegionSet


class Operation(IntEnum):
    """What is decided for one encoding."""

    UPDATE = 0
    EXPAND = 1
    POOL = 2


@dataclass(frozen=True, eq=False)
class Decisions:
    """One decision per encoding, with all that it rests on.

    Attributes
    ----------
    region, runner_up : (n,) int64
        Rows of the region set by posterior; the runner-up is -1 where there is one region only.
    angle, radius : (n,) float64
        Radians: to the center of `region`, and that region's radius.
    posterior, margin : (n,) float64
        p1, and p1 - p2.
    operation : (n,) int64
        Codes of `Operation`.
    train_weights : (n, 2) float64
        Weight in training of `region` and of `runner_up`: (1, 0) where the region is clear, the two
        posteriors scaled to sum 1 where the margin is small, (0, 0) in the pool.
    """

    region: IntArray
    runner_up: IntArray
    angle: FloatArray
    radius: FloatArray
    posterior: FloatArray
    margin: FloatArray
    operation: IntArray
    train_weights: FloatArray

    def __len__(self) -> int:
        return int(self.region.size)


def decide(encodings: NDArray[Any], regions: RegionSet, *, params: EditParams) -> Decisions:
    """Decide for every encoding against the same region set.

    With theta the angle to the region of the highest posterior and R its radius: the pool where theta >
    (1 + expansion) R; else Update where theta <= R and the margin is at least `min_posterior_margin`; else
    Expand. With `use_radius` off (an ablation) the margin alone decides, and nothing reaches the pool.

    Parameters
    ----------
    encodings : (n, d) floats, unit rows

    Raises
    ------
    UsageError
        If rows are not unit vectors, or the set is empty or of another dimension.
    """
    rows = unit_rows(encodings)
    nearest = region_posterior(rows, regions, sharpness=params.posterior_sharpness)
    radius = regions.radii_[nearest.region]
    clear = nearest.margin >= params.min_posterior_margin
    inside = nearest.angle <= radius
    beyond = nearest.angle > expanded(radius, params)
    if not params.use_radius:
        inside, beyond = np.ones_like(inside), np.zeros_like(beyond)
    operation = np.where(beyond, Operation.POOL, np.where(inside & clear, Operation.UPDATE, Operation.EXPAND))
    return Decisions(
        region=nearest.region,
        runner_up=nearest.runner_up,
        angle=nearest.angle,
        radius=radius,
        posterior=nearest.probabilities[np.arange(len(rows)), nearest.region],
        margin=nearest.margin,
        operation=operation.astype(np.int64),
        train_weights=_train_weights(nearest, clear, beyond),
    )


def expanded(radius: FloatArray, params: EditParams) -> FloatArray:
    """(1 + expansion) R in radians, at most pi: beyond it an encoding belongs to no region."""
    return np.minimum((1.0 + params.expansion) * radius, np.pi)


def _train_weights(nearest: Posterior, clear: NDArray[np.bool_], beyond: NDArray[np.bool_]) -> FloatArray:
    rows = np.arange(nearest.region.size)
    first = nearest.probabilities[rows, nearest.region]
    second = first - nearest.margin
    share = np.where(clear, 1.0, first / (first + second))
    return np.where(beyond[:, None], 0.0, np.column_stack([share, 1.0 - share]))
