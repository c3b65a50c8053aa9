"""Lives of regions as people read them: a few lines, then a few tables."""

from collections.abc import Sequence
from typing import Any

from raie.lives.entries import DIGEST, Row

Document = dict[str, Any]
Table = tuple[str, list[Row]]
"""Title and rows."""


def overview_table(rows: Sequence[Row]) -> list[Row]:
    """Rows of `raie.lives.overview.region_rows`, narrow enough for a line each.

    Their ``moved`` is shown as the path that it is, in radians: not the distance from first to last.
    """
    one_generation = len({row["generation"] for row in rows}) == 1
    left_out = {
        "ended",
        "moved",
        "weight",
        "radius",
        "recall_first",
        "recall_now",
        "description",
        *(["generation"] if one_generation else []),
    }
    return [
        {name: value for name, value in row.items() if name not in left_out}
        | {
            "from": " ".join(row["from"]),
            "path": row["moved"],
            "weight": round(row["weight"]),
            "radius": row["radius"],
            "recall": _moved(row["recall_first"], row["recall_now"]),
            "description": row["description"],
        }
        for row in rows
    ]


def region_lines(document: Document) -> list[str]:
    """Say who a region is."""
    life, about = document["life"], document["description"]
    parents = f" from {', '.join(life['parents'])}" if life["parents"] else ""
    ended = f" in {life['ended']}" if life["ended"] else ""
    lines = [
        f"{life['region']}: {life['state']}{ended}, generation {life['generation']}, "
        f"born {life['born']}{parents}, as of {document['as_of']}",
        f"weight {life['weight']:.1f}, radius {life['radius']:.4f}, path {life['moved']:.4f} radians; "
        f"updated by {life['updates']} sequences, expanded by {life['expands']}",
    ]
    if about:
        lines.append(f"{about['name']} ({about['sequences']} remembered sequences of {about['users']} users)")
    return lines


def region_tables(document: Document) -> list[Table]:
    """Lay out a document of `raie.lives.region.region_document`; tables without rows are left out."""
    about, served = document["description"] or {}, document["recommended"]
    tables = [
        (f"What sets it apart, {document['seen']}", _traits(about.get("distinctive", ()), "item")),
        ("Its genres", _traits(about.get("genres", ()), "genre")),
        ("Edits", [_edit(each) for each in document["edits"]]),
        ("Training", [each for each in document["training"] if each["trained"]]),
        ("Recall", document["recall"]),
        (_served_title(served), titled(served["items"]) if served else []),
        ("Regions that came from it", document["children"]),
        ("Regions merged into it", document["absorbed"]),
    ]
    return [(title, rows) for title, rows in tables if rows]


def _moved(first: float | None, now: float | None) -> str | None:
    return None if first is None or now is None else f"{first:.3f} -> {now:.3f}"


def _traits(traits: Sequence[Row], what: str) -> list[Row]:
    names = {"id": what, "title": "title", "share": "share", "whole": "of all", "lift": "lift, smoothed"}
    return titled([{shown: trait[name] for name, shown in names.items()} for trait in traits])


def titled(rows: Sequence[Row]) -> list[Row]:
    """Rows without their titles, where these only say the ids again."""
    if any(row["title"] != row.get("item", row["title"]) for row in rows):
        return list(rows)
    return [{name: value for name, value in row.items() if name != "title"} for row in rows]


def _edit(edit: Row) -> Row:
    shown = (
        "snapshot",
        "operation",
        "region",
        "parents",
        "sequences",
        "weight",
        "radius",
        "angle_moved",
        "bic_gain",
    )
    digests = ("sequences_digest", "adapter_digest", "hash")
    return {
        **{name: edit[name] for name in shown},
        "parents": " ".join(edit["parents"]),
        **{name: (edit[name] or "-")[:DIGEST] for name in digests},
    }


def _served_title(served: Document | None) -> str:
    if served is None:
        return ""
    fallback = served["fallback_share"]
    outside = (
        ""
        if fallback is None
        else f"; {100 * fallback:.1f} % of the {served['routed']} routed to it fell back"
    )
    return f"Recommended in {served['snapshot']} to {served['served']} of {served['users']} users{outside}"
