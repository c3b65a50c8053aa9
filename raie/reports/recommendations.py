"""A user's recommendations as a snapshot's batch run wrote them."""

from pathlib import Path
from typing import Any

import pandas as pd

from raie.exceptions import MissingError
from raie.snapshots.opened import open_output
from raie.snapshots.tags import resolve

TRACE = ("region", "runner_up", "angle", "radius", "margin", "adapter", "fallback")


def recommendation_rows(
    repository: Path, *, user: str, snapshot: str | None, k: int, explain: bool
) -> list[dict[str, Any]]:
    """Rank, item and score for one user, with the trace of the route if ``explain``.

    Raises
    ------
    MissingError
        If the snapshot does not exist or knows no such user.
    """
    identifier = resolve(repository, snapshot)
    file = open_output(repository, identifier, "recommendations") / "recommendations.parquet"
    found = pd.read_parquet(file, filters=[("user_id", "==", user)])
    if found.empty:
        raise MissingError(f"snapshot {identifier} has no history of user {user!r}: check the id")
    row = found.iloc[0]
    why = {"snapshot": identifier, **{name: _plain(row[name]) for name in TRACE}} if explain else {}
    pairs = list(zip(row["items"], row["scores"], strict=True))[:k]
    return [
        {"rank": rank, "item_id": str(item), "score": float(score), **why}
        for rank, (item, score) in enumerate(pairs, start=1)
    ]


def _plain(value: Any) -> Any:
    """NumPy scalars as Python's own, for JSON."""
    return value.item() if not isinstance(value, str | bool | float | int) else value
