"""A region on the map: where it began, where it lies, and the way between."""

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Circle

from raie.audit.colours import LIGHT, region_colour
from raie.regions.geometry import FloatArray

LARGEST = 0.2
"""Radius on the plane of a region with all the weight; others by area."""
MAX_STEPS = 60
"""Points of a drawn way; a script draws it anew from all of them."""
LIFT = 0.012
"""Of a name above its circle."""


@dataclass(frozen=True)
class Spot:
    """A region on the map.

    Attributes
    ----------
    number : int
        Of its lane.
    region : str
    path : (N, 2)
        Positions after the nights of the generation at which it lived, in order.
    share : float
        Of all weight, at the last of them.
    living : bool
        Whether it lives at the last night of all.
    """

    number: int
    region: str
    path: FloatArray
    share: float
    living: bool


def radius_of(share: float) -> float:
    """Radius of a region's circle on the plane."""
    return float(LARGEST * np.sqrt(share))


def draw_spot(axes: Axes, spot: Spot, name: str, *, thin: bool) -> None:
    """Draw a region's circles and its way, each with an id that begins with the chart's name."""
    colour, size = region_colour(spot.number), radius_of(spot.share)
    then = Circle(spot.path[0], size, fill=False, edgecolor=colour, linestyle=(0, (3, 3)), zorder=3)
    now = Circle(spot.path[-1], size, facecolor=colour, edgecolor=colour, alpha=0.4, linewidth=1.5, zorder=4)
    for circle, part in ((then, "then"), (now, "now")):
        circle.set_gid(f"{name}-{part}-{spot.number}")
        axes.add_patch(circle)
    steps = np.unique(np.linspace(0, len(spot.path) - 1, MAX_STEPS).round().astype(int))
    (way,) = axes.plot(*spot.path[steps].T, color=LIGHT["ink"], solid_capstyle="round", zorder=5)
    way.set(linewidth=0.6 if thin else 1.6, gid=f"{name}-trail-{spot.number}")


def draw_label(axes: Axes, spot: Spot, name: str) -> None:
    """Write a region's name above its circle, as a link to its card."""
    x, y = spot.path[-1] + (0, radius_of(spot.share) + LIFT)
    label = axes.text(x, y, spot.region, ha="center", va="bottom", color=LIGHT["ink"], zorder=6)
    label.set(gid=f"{name}-label-{spot.number}", url=f"#region-{spot.region}")
