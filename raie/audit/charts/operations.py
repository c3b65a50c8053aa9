"""Sequences behind each night's edits, by operation, and how far the regions moved."""

from collections.abc import Mapping, Sequence

import numpy as np

from raie.audit.charts.chart import Chart, add_cursor, bare, frame_of, mark_refused, time_axis
from raie.audit.colours import LIGHT
from raie.audit.svg import drawn, new_figure, to_svg

NAME = "operations"
STACKED = ("update", "expand", "add", "reject")


@drawn
def operations_chart(
    dates: Sequence[str],
    sequences: Mapping[str, Sequence[int]],
    drift: Sequence[float],
    *,
    refused: Sequence[int],
) -> Chart:
    """Stacked bars above, drift below.

    Parameters
    ----------
    dates : sequence of str
    sequences : mapping of str to sequence of int
        By operation, a number per night.
    drift : sequence of float
        Degrees that the centers turned that night, weighted by share; NaN where nothing can be compared.
    refused : sequence of int
        Places of refused candidates.
    """
    figure = new_figure(560, 300)
    above, below = figure.subplots(2, 1, height_ratios=(3, 1.35), sharex=True)
    figure.subplots_adjust(left=0.095, right=0.985, top=0.96, bottom=0.11, hspace=0.22)
    bottom = np.zeros(len(dates))
    for operation in STACKED:
        heights = np.asarray(sequences[operation], dtype=np.float64)
        shown = heights > 0
        above.bar(
            np.flatnonzero(shown), heights[shown], 0.78, bottom[shown], color=LIGHT[operation], linewidth=0
        )
        bottom += heights
    known = np.flatnonzero(np.isfinite(drift))
    below.plot(
        known, np.asarray(drift)[known], color=LIGHT["drift"], linewidth=1.4, marker="o", markersize=2.5
    )
    for axes in (above, below):
        bare(axes)
        mark_refused(axes, refused)
        axes.set_ylim(bottom=0)
        axes.locator_params(axis="y", nbins=4 if axes is above else 2)
    time_axis(below, dates)
    above.tick_params(axis="x", length=0, labelbottom=False)
    add_cursor(above, NAME, len(dates) - 1)
    below.axvline(len(dates) - 1, color=LIGHT["ink"], linewidth=1, alpha=0.55, gid=f"{NAME}-cursor-2")
    figure.canvas.draw()
    title = "Sequences per night by operation, and degrees that the regions' centers turned"
    return Chart(NAME, to_svg(figure, NAME, title=title), frame_of(figure, above))
