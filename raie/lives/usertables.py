"""A user's life as people read it."""

from collections.abc import Sequence

from raie.lives.entries import Row
from raie.lives.tables import Document, Table, titled


def user_lines(document: Document) -> list[str]:
    """Say so where no night decided on the user: every night was read, and there is nothing to list."""
    known = document["decisions"] or document["nights_not_at_hand"]
    return [] if known else ["no events since genesis that a night decided on"]


def user_tables(document: Document, *, newest: int) -> list[Table]:
    """Lay out a document of `raie.lives.user.user_document`, the ``newest`` decisions alone.

    A sequence that waits in the pool is told on its first night there, and when it trains a region.
    """
    recommended = document["recommended"]
    made = _without_waiting(document["decisions"])
    told = made[-newest:]
    title = f"Decisions on {document['user']}" + (f", the newest {newest}" if len(made) > newest else "")
    tables = [(title, [_decision(each) for each in told])]
    if recommended is not None:
        by = recommended["adapter"] or "the base"
        why = (
            f"region {recommended['region']} (angle {recommended['angle']:.3f}, "
            f"radius {recommended['radius']:.3f}, margin {recommended['margin']:.3f} "
            f"before {recommended['runner_up'] or 'none'}), served by {by}"
        )
        tables.append((f"Recommended in {recommended['snapshot']}: {why}", titled(recommended["items"])))
    return [(title, rows) for title, rows in tables if rows]


def _without_waiting(decisions: Sequence[Row]) -> list[Row]:
    """Decisions without those that leave a sequence in the pool that an earlier night put there."""
    first: dict[str, str] = {}
    for decision in decisions:
        if decision["operation"] == "pool":
            first.setdefault(decision["sequence"], decision["night"])
    return [
        decision
        for decision in decisions
        if decision["operation"] != "pool"
        or decision["trains"]
        or first[decision["sequence"]] == decision["night"]
    ]


def _decision(decision: Row) -> Row:
    shown = (
        "night",
        "sequence",
        "operation",
        "region",
        "runner_up",
        "angle",
        "radius",
        "posterior",
        "margin",
    )
    return {
        **{name: decision[name] for name in shown},
        "why": decision["why"],
        "trains": " ".join(decision["trains"]),
    }
