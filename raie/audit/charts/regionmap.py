"""The map: members, and where every region began and lies now, on the plane of its generation."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline

from raie.audit.charts.chart import Chart, frame_of
from raie.audit.charts.spots import Spot, draw_label, draw_spot, radius_of
from raie.audit.colours import LIGHT, region_colour
from raie.audit.svg import drawn, new_figure, to_svg
from raie.regions.geometry import FloatArray

MAX_LABELS = 40
"""Of more regions only the largest are named on the map."""
ROOM = 0.15
"""On the plane, around everything: a script may draw movement longer than it is."""
SIDE = (600.0, 520.0)


@drawn
def region_map(
    generation: int, spots: Sequence[Spot], dots: Sequence[tuple[int, FloatArray]], *, degrees: float = 10.0
) -> Chart:
    """Draw one generation's map.

    Parameters
    ----------
    generation : int
    spots : sequence of Spot
    dots : sequence of (int, (N, 2))
        Members of the first night: number of the lane, positions.
    degrees : float
        Length of the scale, as an angle between unit vectors that lie in the plane.
    """
    name = f"map{generation}"
    figure = new_figure(*SIDE)
    axes = figure.add_axes((0.004, 0.004, 0.992, 0.992))
    axes.set_xticks([])
    axes.set_yticks([])
    for side in axes.spines.values():
        side.set_color(LIGHT["line"])
    _fit(axes, spots, [points for _, points in dots])
    for number, points in dots:
        _draw_dots(axes, points, number, name)
    largest = sorted(spots, key=lambda spot: (spot.living, spot.share), reverse=True)[:MAX_LABELS]
    for spot in spots:
        draw_spot(axes, spot, name, thin=len(spots) > MAX_LABELS)
    for spot in largest:
        draw_label(axes, spot, name)
    _draw_scale(axes, degrees)
    figure.canvas.draw()
    title = f"Regions of generation {generation}: where each began, dashed, and where it lies now"
    return Chart(name, to_svg(figure, name, title=title), frame_of(figure, axes))


def _fit(axes: Axes, spots: Sequence[Spot], clouds: Sequence[FloatArray]) -> None:
    """Equal scales, everything inside, room for the largest circle and its label."""
    everything = np.vstack([*(spot.path for spot in spots), *clouds])
    around = max(radius_of(spot.share) for spot in spots) + ROOM
    low, high = everything.min(axis=0) - around, everything.max(axis=0) + around
    scale = max((high - low) / np.array(SIDE))
    middle, half = (low + high) / 2, np.array(SIDE) * scale / 2
    axes.set_xlim(middle[0] - half[0], middle[0] + half[0])
    axes.set_ylim(middle[1] - half[1], middle[1] + half[1])


def _draw_dots(axes: Axes, points: FloatArray, number: int, name: str) -> None:
    """All of a region's members as one path of points without length: a tenth of the bytes of markers."""
    codes = np.tile([Outline.MOVETO, Outline.LINETO], len(points)).astype(np.uint8)
    outline = Outline(np.repeat(points, 2, axis=0), codes)
    axes.add_patch(
        PathPatch(
            outline,
            facecolor="none",
            edgecolor=region_colour(number),
            linewidth=3,
            capstyle="round",
            alpha=0.28,
            gid=f"{name}-dots-{number}",
        )
    )


def _draw_scale(axes: Axes, degrees: float) -> None:
    length = 2 * np.sin(np.radians(degrees) / 2)
    left, bottom = axes.get_xlim()[0], axes.get_ylim()[0]
    unit = (axes.get_xlim()[1] - left) / SIDE[0]
    x, y = left + 14 * unit, bottom + 14 * unit
    axes.plot([x, x + length], [y, y], color=LIGHT["quiet"], linewidth=1.5, solid_capstyle="butt")
    axes.text(x, y + 7 * unit, f"{degrees:g}° in this plane", ha="left", va="bottom", color=LIGHT["quiet"])
