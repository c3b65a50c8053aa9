"""A chart on the page, and what a script needs to know to move things on it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from raie.audit.colours import LIGHT

MAX_TICKS = 7
MONTH_AND_DAY = slice(5, None)
"""Of an ISO date."""


@dataclass(frozen=True)
class Chart:
    """One drawn chart.

    Attributes
    ----------
    name : str
    svg : str
        An ``svg`` element.
    frame : dict of str to float
        Where data lie in it: x = x0 + dx * value, y = y0 + dy * value.
    """

    name: str
    svg: str
    frame: dict[str, float]


def frame_of(figure: Figure, axes: Axes) -> dict[str, float]:
    """Linear map from data to SVG units; the layout must be final."""
    (x0, y0), (x1, y1) = axes.transData.transform(np.array([[0.0, 0.0], [1.0, 1.0]])) * 72 / figure.dpi
    height = figure.get_figheight() * 72
    numbers = {"x0": x0, "dx": x1 - x0, "y0": height - y0, "dy": y0 - y1}
    return {name: round(float(value), 3) for name, value in numbers.items()}


def time_axis(axes: Axes, dates: Sequence[str], *, every: int | None = None) -> None:
    """Make x the places of the nights, with a few of their dates below: every so many, or at equal parts."""
    last = len(dates) - 1
    ticks = (
        np.linspace(0, last, min(MAX_TICKS, len(dates))) if every is None else np.arange(0, last + 1, every)
    )
    ticks = np.unique(ticks.round().astype(int))
    axes.set_xlim(-0.6, last + 0.6)
    axes.set_xticks(ticks, [dates[tick][MONTH_AND_DAY] for tick in ticks.tolist()])
    axes.tick_params(axis="x", length=3, pad=11, color=LIGHT["line"])


def bare(axes: Axes) -> None:
    """Only the line below and a quiet grid across."""
    for side in ("top", "left", "right"):
        axes.spines[side].set_visible(False)
    axes.grid(axis="y", color=LIGHT["line"], linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)


def mark_refused(axes: Axes, refused: Sequence[int]) -> None:
    """A pale column for every night whose candidate was refused."""
    for place in refused:
        axes.axvspan(place - 0.5, place + 0.5, facecolor=LIGHT["bad"], alpha=0.12, linewidth=0, zorder=0)


def add_cursor(axes: Axes, name: str, place: int) -> None:
    """The line that a script moves to the chosen night."""
    axes.axvline(place, color=LIGHT["ink"], linewidth=1, alpha=0.55, zorder=1.5, gid=f"{name}-cursor")
