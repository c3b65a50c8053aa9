"""One chart per comparison: every pair a dot, the median a bar, the target a line."""

from typing import Any

from matplotlib.axes import Axes

from benchmarks.harness.results import shown
from raie.audit.colours import LIGHT
from raie.audit.svg import drawn, new_figure, to_svg

ROW, MARGIN = 34, 44
"""Height of a case and of all that surrounds them, in SVG units."""


@drawn
def ratio_chart(name: str, comparison: dict[str, Any]) -> str:
    """Draw a comparison's measured cases as an ``svg`` element; empty where there are none."""
    cases = {case: each for case, each in comparison["cases"].items() if "ratio" in each}
    if not cases:
        return ""
    height = ROW * len(cases) + MARGIN
    figure = new_figure(640, height)
    axes = figure.subplots()
    figure.subplots_adjust(left=0.3, right=0.9, top=1 - 12 / height, bottom=32 / height)
    for row, measured in enumerate(cases.values()):
        _draw_case(axes, row, measured, comparison["unit"])
    axes.axvline(1.0, color=LIGHT["ink"], linewidth=1)
    axes.set_yticks(range(len(cases)), list(cases))
    axes.set_ylim(len(cases) - 0.5, -0.5)
    axes.set_xlim(left=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    share = comparison["unit"] == "share"
    axes.set_xlabel("share of the machine's peak" if share else "times less than the reference needs")
    figure.canvas.draw()
    return to_svg(figure, name, title=f"{name}: {comparison['measures']}")


def _draw_case(axes: Axes, row: int, measured: dict[str, Any], unit: str) -> None:
    ratio, target = measured["ratio"], measured["target"]
    reached = target is None or ratio["median"] >= target
    axes.barh(row, ratio["median"], height=0.5, color=LIGHT["update" if reached else "reject"])
    axes.plot(ratio["pairs"], [row] * len(ratio["pairs"]), "o", markersize=3, color=LIGHT["ink"])
    if target is not None:
        axes.plot([target] * 2, [row - 0.35, row + 0.35], color=LIGHT["bad"], linewidth=2)
    furthest = max(ratio["max"], target or 0.0)
    axes.annotate(
        shown(ratio["median"], unit),
        (furthest, row),
        xytext=(6, 0),
        textcoords="offset points",
        va="center",
        color=LIGHT["ink"],
    )
