"""Retention against adaptation: recall on what was known and on what is new, per night."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from raie.audit.charts.chart import Chart, add_cursor, bare, frame_of, mark_refused, time_axis
from raie.audit.colours import LIGHT
from raie.audit.svg import drawn, new_figure, to_svg
from raie.regions.geometry import FloatArray

NAME = "quality"


@drawn
def quality_chart(
    dates: Sequence[str],
    *,
    retention: FloatArray,
    forward: FloatArray,
    base: FloatArray,
    refused: Sequence[int],
) -> Chart:
    """Lines over the nights; a refused candidate's retention stands beside the line, as a cross.

    Parameters
    ----------
    dates : sequence of str
    retention, forward, base : (N,)
        Recall@k on held-out Set-up; of the champion on what arrived; the same without adapters. NaN where
        nothing was measured.
    refused : sequence of int
        Places of refused candidates.
    """
    figure = new_figure(560, 300)
    axes = figure.subplots()
    figure.subplots_adjust(left=0.095, right=0.985, top=0.96, bottom=0.11)
    bare(axes)
    mark_refused(axes, refused)
    judged = np.asarray(refused, dtype=int)
    _line(axes, _without(base, judged), "base", (0, (2, 2)), 1.3)
    _line(axes, _without(forward, judged), "forward", "-", 1.3)
    _line(axes, _without(retention, judged), "retention", "-", 2.2)
    axes.plot(judged, retention[judged], "x", markersize=7, color=LIGHT["bad"], markeredgewidth=2)
    axes.locator_params(axis="y", nbins=5)
    time_axis(axes, dates)
    add_cursor(axes, NAME, len(dates) - 1)
    figure.canvas.draw()
    title = "Recall per night: retention on held-out Set-up against what arrived, with and without adapters"
    return Chart(NAME, to_svg(figure, NAME, title=title), frame_of(figure, axes))


def _line(axes: Axes, values: FloatArray, colour: str, style: Any, width: float) -> None:
    """Join what was measured, whatever lies between."""
    known = np.flatnonzero(np.isfinite(values))
    axes.plot(
        known,
        values[known],
        color=LIGHT[colour],
        linestyle=style,
        linewidth=width,
        marker="o",
        markersize=2.5,
    )


def _without(values: FloatArray, places: NDArray[np.intp]) -> FloatArray:
    kept = values.copy()
    kept[places] = np.nan
    return kept
