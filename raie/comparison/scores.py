"""Metrics of two snapshots side by side, overall and by region."""

from collections.abc import Iterator, Mapping
from typing import Any

from raie.comparison.state import State

Row = dict[str, Any]
PARTS = ("setup_heldout", "newest_heldout", "forward")
RETENTION = "setup_heldout"


def overall_scores(before: State, after: State) -> list[Row]:
    """One row per part of the metrics, way of ranking and measure: before, after, difference, windows."""
    rows = []
    for part in PARTS:
        one, other = before.metrics.get(part, {}), after.metrics.get(part, {})
        for ranking in ("routed", "base"):
            for measure, *values in _measures(one.get(ranking, {}), other.get(ranking, {})):
                name = {"part": part, "by": ranking, "measure": measure}
                rows.append({**name, **_side_by_side(*values), **_windows(one, other)})
    return rows


def region_scores(before: State, after: State) -> list[Row]:
    """One row per part, region and measure."""
    rows = []
    for part in PARTS:
        one, other = (state.metrics.get(part, {}).get("regions", {}) for state in (before, after))
        for region in sorted(one.keys() | other.keys()):
            old, new = one.get(region, {}), other.get(region, {})
            for measure, *values in _measures(old, new):
                name = {"part": part, "region": region, "measure": measure}
                rows.append({**name, **_side_by_side(*values), **_windows(old, new)})
    return rows


def _measures(one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for measure in sorted((one.keys() | other.keys()) - {"windows"}):
        yield measure, one.get(measure), other.get(measure)


def _side_by_side(old: float | None, new: float | None) -> Row:
    difference = None if old is None or new is None else new - old
    return {"before": old, "after": new, "difference": difference}


def _windows(one: Mapping[str, Any], other: Mapping[str, Any]) -> Row:
    return {"windows_before": one.get("windows", 0), "windows_after": other.get("windows", 0)}
