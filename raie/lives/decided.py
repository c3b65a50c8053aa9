"""What nights decided about one user's sequences, read from as many nights as are at hand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from raie.columns import USER
from raie.exceptions import RefusedError
from raie.lives.entries import Row
from raie.lives.reason import limit, reason
from raie.snapshots.cached import cached_files

_DECISIONS = "data/decisions/decisions.parquet"
_ASSIGNMENTS = "data/decisions/assignments.parquet"


@dataclass(frozen=True)
class Decided:
    """Decisions about one user."""

    rows: tuple[Row, ...]
    """In order of night, then as the night held them."""
    lacking: tuple[str, ...]
    """Nights whose decisions are not at hand."""


def decided(repository: Path, nights: Sequence[str], user: str) -> Decided:
    """Read what nights decided about a user's sequences.

    Parameters
    ----------
    repository : Path
    nights : sequence of str
        Ids of nightly snapshots, in order.
    user : str

    Returns
    -------
    Decided
        Rows of night, sequence (UTC time of the item that came next), operation, region, runner_up, angle,
        radius, limit (radians), posterior, margin, min_posterior_margin, why, and trains (regions whose
        adapter got the sequence to learn from: of a pooled one those that were added from the pool).

    Raises
    ------
    RefusedError
        If a night's decisions are damaged.
    """
    files = cached_files(repository, nights, _DECISIONS, _ASSIGNMENTS)
    rows: list[Row] = []
    for night in nights:
        parts = files.get((night, _DECISIONS)), files.get((night, _ASSIGNMENTS))
        try:
            rows += _of_night(night, *parts, user)
        except (pa.ArrowException, KeyError) as error:
            raise RefusedError(f"{night}: data/decisions is damaged: run raie snapshot verify") from error
    return Decided(tuple(rows), tuple(night for night in nights if (night, _DECISIONS) not in files))


def _of_night(night: str, decisions: Path | None, assignments: Path | None, user: str) -> Iterator[Row]:
    if decisions is None:
        return
    users = pq.read_table(decisions, columns=[USER])[USER].to_pylist()
    places = [place for place, each in enumerate(users) if each == user]
    if not places:
        return
    trains = {} if assignments is None else _trains(assignments, places)
    for place, row in zip(places, pq.read_table(decisions).take(places).to_pylist(), strict=True):
        yield _row(night, row, trains.get(place, []))


def _trains(assignments: Path, places: list[int]) -> dict[int, list[str]]:
    """Regions that the sequences at some places of a night's decisions were given to."""
    given: dict[int, list[str]] = {}
    for row in pq.read_table(assignments, filters=pc.field("row").isin(places)).to_pylist():
        given.setdefault(row["row"], []).append(row["region"])
    return given


def _row(night: str, decision: dict[str, Any], trains: list[str]) -> Row:
    kept = (
        "operation",
        "region",
        "runner_up",
        "angle",
        "radius",
        "posterior",
        "margin",
        "min_posterior_margin",
    )
    return {
        "night": night,
        "sequence": datetime.fromtimestamp(decision["label_time"], UTC).strftime("%Y-%m-%d %H:%M:%S"),
        **{name: decision[name] for name in kept},
        "limit": limit(decision),
        "why": reason(decision),
        "trains": trains,
    }
