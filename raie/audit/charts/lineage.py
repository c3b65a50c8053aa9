"""The lineage: a lane per region over the nights, as thick as its share, with births, merges and endings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch

from raie.audit.charts.chart import Chart, add_cursor, bare, frame_of, mark_refused, time_axis
from raie.audit.colours import LIGHT, region_colour
from raie.audit.lanes import LIVE, Lane
from raie.audit.svg import drawn, new_figure, to_svg
from raie.regions.geometry import FloatArray

NAME = "lineage"
MAX_BANDS = 8000
"""Nights times regions up to which a lane's thickness follows its share."""
THICKEST, THINNEST, EVEN = 0.62, 0.07, 0.3
MARGIN = 64
WIDTH_OF_DATE = 50


@dataclass(frozen=True)
class Happening:
    """Something that befell a region on one night.

    Attributes
    ----------
    place : int
        On the axis of time.
    operation : str
    lane : int
        Number of the region's lane.
    others : tuple of int
        Lanes it came from.
    """

    place: int
    operation: str
    lane: int
    others: tuple[int, ...] = ()


_MARKS = {
    "add": ("o", "add"),
    "construct": ("o", "ink"),
    "renew": ("D", "ink"),
    "reject": ("o", "reject"),
    "retire": ("X", "bad"),
    "end": ("X", "quiet"),
    "merge": ("^", "warn"),
    "rollback": ("<", "link"),
}


@drawn
def lineage_chart(
    dates: Sequence[str],
    lanes: Sequence[Lane],
    happenings: Sequence[Happening],
    shares: Mapping[int, FloatArray],
    *,
    refused: Sequence[int],
) -> Chart:
    """Draw the lanes, the oldest region on top.

    Parameters
    ----------
    dates : sequence of str
    lanes : sequence of Lane
    happenings : sequence of Happening
    shares : mapping of int to (N,)
        By lane, the region's share of all weight after each night.
    refused : sequence of int
        Places of refused candidates.
    """
    width = max(720, MARGIN * 2 + len(dates) * (33 if len(dates) <= 40 else 14))
    step = 34 if len(lanes) <= 30 else 16
    height = step * (len(lanes) + 0.6) + 38
    figure = new_figure(width, height)
    axes = figure.add_axes((MARGIN / width, 32 / height, 1 - 2 * MARGIN / width, 1 - 38 / height))
    bare(axes)
    axes.grid(visible=False)
    axes.set_ylim(len(lanes) - 0.2, -0.8)
    axes.set_yticks([])
    mark_refused(axes, refused)
    bands = len(dates) * len(lanes) <= MAX_BANDS
    for lane in lanes:
        _draw_lane(axes, lane, shares[lane.number] if bands else None)
    for happening in happenings:
        _draw(axes, happening, small=len(lanes) > 30)
    time_axis(axes, dates, every=-(-WIDTH_OF_DATE * len(dates) // (width - 2 * MARGIN)))
    add_cursor(axes, NAME, len(dates) - 1)
    figure.canvas.draw()
    title = f"Lineage of {len(lanes)} regions over {len(dates)} nights"
    return Chart(NAME, to_svg(figure, NAME, title=title), frame_of(figure, axes))


def _draw_lane(axes: Axes, lane: Lane, shares: FloatArray | None) -> None:
    colour, gid = region_colour(lane.number), f"{NAME}-lane-{lane.number}"
    for stretch, (first, last) in enumerate(lane.spans):
        x, half = np.array([first - 0.25, last + 0.25]), np.full(2, EVEN / 2)
        if shares is not None:
            x = np.concatenate([x[:1], np.arange(first, last + 1), x[1:]])
            half = (
                np.interp(x, np.arange(len(shares)), THINNEST + np.sqrt(shares) * (THICKEST - THINNEST)) / 2
            )
            half[[0, -1]] = half[[1, -2]]
        band = axes.fill_between(
            x, lane.number - half, lane.number + half, color=colour, linewidth=0, alpha=0.75
        )
        band.set_gid(f"{gid}-{stretch}")
    # behind the mark of its end, which stands on the night after the last that it lived
    behind = lane.spans[-1][1] + (0.45 if lane.state == LIVE else 1.4)
    for place, side in ((lane.spans[0][0] - 0.45, "right"), (behind, "left")):
        label = axes.text(
            place, lane.number, lane.region, ha=side, va="center", color=LIGHT["ink"], clip_on=False
        )
        label.set_url(f"#region-{lane.region}")


def _draw(axes: Axes, happening: Happening, *, small: bool) -> None:
    marker, colour = _MARKS[happening.operation]
    hollow = happening.operation in ("reject", "construct")
    for other in happening.others:
        start, end = (happening.place - 0.42, other), (happening.place, happening.lane)
        arrow = FancyArrowPatch(
            start, end, arrowstyle="-|>", mutation_scale=9, linewidth=1.1, shrinkA=0, shrinkB=3, zorder=2.5
        )
        arrow.set_color(LIGHT[colour])
        axes.add_patch(arrow)
    axes.plot(
        happening.place,
        happening.lane,
        marker=marker,
        markersize=4 if small else 6.5,
        color=LIGHT[colour],
        markerfacecolor=LIGHT["raised"] if hollow else LIGHT[colour],
        markeredgewidth=1.4,
        zorder=3,
        gid=f"{NAME}-event-{happening.operation}-{happening.lane}-{happening.place}",
        clip_on=False,
    )
