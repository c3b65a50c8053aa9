"""Which region's adapter serves an encoding, or the base where none fits."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raie.datastore.base import BASE
from raie.edits.decide import expanded
from raie.params import EditParams
from raie.regions.geometry import FloatArray, IntArray, angles, unit_rows
from raie.regions.posterior import region_posterior
from raie.regions.regionset import RegionSet


@dataclass(frozen=True, eq=False)
class Routes:
    """One route per encoding, with all that it rests on.

    Attributes
    ----------
    region, runner_up : (N,) int64
        Rows of the region set by posterior; the runner-up is -1 where there is one region only.
    angle, radius : (N,) float64
        Radians: to the center of `region`, and that region's radius.
    margin : (N,) float64
        Posterior of `region` less that of `runner_up`.
    fallback : (N,) bool
        True where the encoding lies outside every region: the base serves it.
    """

    region: IntArray
    runner_up: IntArray
    angle: FloatArray
    radius: FloatArray
    margin: FloatArray
    fallback: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.region)

    def take(self, selected: NDArray[Any]) -> "Routes":
        """Return the routes at ``selected``: indices in any order, or a boolean mask."""
        return Routes(*(getattr(self, field.name)[selected] for field in fields(self)))

    @property
    def serving(self) -> IntArray:
        """Row of the region that serves each, (N,) int64, or `BASE`."""
        return np.where(self.fallback, BASE, self.region)

    def adapters(self, region_ids: Sequence[str]) -> list[str | None]:
        """Name the adapter of each route, a region id; None: the base."""
        return [
            None if base else region_ids[row] for row, base in zip(self.region, self.fallback, strict=True)
        ]


def route(encodings: NDArray[Any], regions: RegionSet, *, params: EditParams) -> Routes:
    """Send each encoding to the region of the highest posterior, or to the base.

    The base serves an encoding at an angle of more than (1 + expansion) R_k to the center of every region
    k. With `use_radius` off (an ablation) none falls back.

    Parameters
    ----------
    encodings : (N, d) floats, unit rows
    regions : RegionSet
    params : EditParams

    Raises
    ------
    UsageError
        If rows are not unit vectors, or the set is empty or of another dimension.
    """
    rows = unit_rows(encodings)
    nearest = region_posterior(rows, regions, sharpness=params.posterior_sharpness)
    beyond = angles(rows, regions.centers_) > expanded(regions.radii_, params)
    outside = beyond.all(axis=1) if params.use_radius else np.zeros(len(rows), dtype=bool)
    return Routes(
        region=nearest.region,
        runner_up=nearest.runner_up,
        angle=nearest.angle,
        radius=regions.radii_[nearest.region],
        margin=nearest.margin,
        fallback=np.asarray(outside),
    )


def trace(routes: Routes, region_ids: Sequence[str]) -> dict[str, NDArray[Any]]:
    """Columns that explain each route, (N,) each.

    ``region``, ``runner_up`` and ``adapter`` are region ids; ``runner_up`` is empty where there is one
    region only, ``adapter`` where the base serves. ``angle`` and ``radius`` are in radians.
    """
    ids = np.array([*region_ids, ""], dtype=np.str_)
    return {
        "region": ids[routes.region],
        "runner_up": ids[routes.runner_up],
        "angle": routes.angle,
        "radius": routes.radius,
        "margin": routes.margin,
        "adapter": np.where(routes.fallback, "", ids[routes.region]),
        "fallback": routes.fallback,
    }
