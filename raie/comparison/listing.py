"""A comparison as tables for people: what changed most, and a word on what is left out."""

from typing import Any

from raie.comparison.comparison import Comparison
from raie.comparison.scores import RETENTION

Row = dict[str, Any]
MOST = 25
"""Rows of a table; JSON has all of them."""
MOST_COLUMNS = 12


def tables(comparison: Comparison) -> list[tuple[str, list[Row]]]:
    """Titles and rows, empty tables left out."""
    found = [
        ("regions that came or went", [_fate(fate) for fate in comparison.fates]),
        ("regions in both", _regions(comparison)),
        ("held-out windows by the region that serves them, before and after", _flows(comparison)),
        ("metrics", comparison.overall),
    ]
    return [(_shortened(title, rows), rows[:MOST]) for title, rows in found if rows]


def notes(comparison: Comparison) -> list[str]:
    """What the tables cannot say."""
    if comparison.flows_lacking is None:
        return []
    return [f"held-out windows by region: {comparison.flows_lacking}"]


def _fate(fate: Any) -> Row:
    return {"region": fate.region, "change": fate.text(), "snapshot": fate.snapshot}


def _regions(comparison: Comparison) -> list[Row]:
    """Geometry, adapter and retention of each region, in one row."""
    recall = {
        row["region"]: row
        for row in comparison.by_region
        if row["part"] == RETENTION and row["measure"].startswith("recall")
    }
    rows = []
    for change in comparison.regions:
        scores = recall.get(change.region, {})
        rows.append(
            {
                "region": change.region,
                "moved": change.moved,
                "radius": _arrow(change.radius_before, change.radius_after, ".3f"),
                "weight": _arrow(change.weight_before, change.weight_after, ".0f"),
                "adapter": change.adapter_norm,
                "relative": change.adapter_relative,
                "windows": _arrow(scores.get("windows_before"), scores.get("windows_after"), "d"),
                "recall": _arrow(scores.get("before"), scores.get("after"), ".3f"),
                "difference": scores.get("difference"),
            }
        )
    return rows


def _flows(comparison: Comparison) -> list[Row]:
    """The matrix where it fits a page, else the flows from one region to another, the largest first."""
    if comparison.flows is None:
        return []
    table = comparison.flows
    if table["after"].nunique() <= MOST_COLUMNS:
        matrix = table.pivot(index="before", columns="after", values="windows").fillna(0).astype(int)
        return [{"before": name, **row} for name, row in matrix.to_dict("index").items()]
    moved = table[table["before"] != table["after"]]
    rows = moved.sort_values("windows", ascending=False, kind="stable").to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]


def _shortened(title: str, rows: list[Row]) -> str:
    return title if len(rows) <= MOST else f"{title}: {MOST} of {len(rows)}, all with --json"


def _arrow(old: float | None, new: float | None, form: str) -> str:
    sides = ["-" if value is None else format(value, form) for value in (old, new)]
    return sides[0] if sides[0] == sides[1] else " -> ".join(sides)
