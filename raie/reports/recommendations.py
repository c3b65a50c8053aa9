"""Recommendations of a snapshot: those that its run stored where they answer, else the same computed now."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from raie.columns import ITEM, USER
from raie.exceptions import MissingError, UsageError
from raie.experiments.recommended import recommend_now
from raie.params import RecommendParams
from raie.snapshots.history import manifest_of
from raie.snapshots.opened import open_output
from raie.snapshots.tags import resolve

NEIGHBOURS = "neighbour_share"
TRACE = ("region", "runner_up", "angle", "radius", "margin", "adapter", "fallback", NEIGHBOURS)
NAMED = 5
"""Users that a notice names."""


@dataclass(frozen=True)
class Recommendations:
    """An answer.

    Attributes
    ----------
    snapshot : str
    users : DataFrame
        A row per user: user_id, the columns of ``TRACE``, items and scores as lists, best first.
    unknown : tuple of str
        Users who were asked for and have no history.
    """

    snapshot: str
    users: pd.DataFrame
    unknown: tuple[str, ...] = ()

    def first(self, n: int) -> "Recommendations":
        """Return the answer for the first ``n`` users alone."""
        return Recommendations(self.snapshot, self.users.head(n), self.unknown)

    def notices(self) -> list[str]:
        """Lines that name users who get nothing."""
        spent = self.users[USER][self.users["items"].map(len) == 0].tolist()
        why = {f"no history in snapshot {self.snapshot}": self.unknown, "every item seen": spent}
        return [f"{reason}, so no recommendations: {_named(users)}" for reason, users in why.items() if users]

    def table(self, *, explain: bool) -> pd.DataFrame:
        """One row per recommended item: user_id, rank from 1, item_id, score; and why, if ``explain``."""
        counts = self.users["items"].map(len).to_numpy(dtype=np.int64)
        ends = np.cumsum(counts)
        ranks = 1 + np.arange(counts.sum()) - np.repeat(ends - counts, counts)
        of_user = self.users.loc[self.users.index.repeat(counts)].reset_index(drop=True)
        columns: dict[str, Any] = {USER: of_user[USER], "rank": ranks}
        columns[ITEM] = pd.Series([item for items in self.users["items"] for item in items], dtype="str")
        columns["score"] = [float(score) for scores in self.users["scores"] for score in scores]
        if explain:
            columns |= {"snapshot": self.snapshot, **{name: of_user[name] for name in TRACE}}
        return pd.DataFrame(columns)


def recommendations(
    repository: Path,
    *,
    users: Sequence[str] | None = None,
    snapshot: str | None = None,
    k: int | None = None,
    exclude_seen: bool | None = None,
) -> Recommendations:
    """Top items for some users or for everybody.

    Parameters
    ----------
    repository : Path
    users : sequence of str or None
        Distinct ids, answered in this order; None: everybody, in order of user id.
    snapshot : str or None
        Id; None: the newest.
    k : int or None
        Items per user; None: as many as the snapshot's params say.
    exclude_seen : bool or None
        Whether to leave out all that a user ever interacted with; None: as the snapshot's params say.

    Raises
    ------
    MissingError
        If the snapshot does not exist or knows none of ``users``.
    UsageError
        If ``k`` is below 1 or exceeds the snapshot's items.
    """
    if k is not None and k < 1:
        raise UsageError(f"k = {k}: ask for at least 1 item")
    identifier = resolve(repository, snapshot)
    stored = RecommendParams.model_validate(manifest_of(repository, identifier)["params"]["recommend"])
    exclude = stored.exclude_seen if exclude_seen is None else exclude_seen
    wanted = stored.k if k is None else k
    if exclude == stored.exclude_seen and wanted <= stored.k:
        found = _stored(repository, identifier, users, wanted)
    else:
        found = recommend_now(repository, identifier, users=users, k=wanted, exclude_seen=exclude)
    return Recommendations(identifier, *_in_order(found, users, identifier))


def _stored(repository: Path, snapshot: str, users: Sequence[str] | None, k: int) -> pd.DataFrame:
    file = open_output(repository, snapshot, "recommendations") / "recommendations.parquet"
    found = pd.read_parquet(file, filters=None if users is None else [(USER, "in", list(users))])
    if NEIGHBOURS not in found:  # a snapshot from before there were any
        found[NEIGHBOURS] = 0.0
    return found.assign(**{name: [list(row[:k]) for row in found[name]] for name in ("items", "scores")})


def _in_order(
    found: pd.DataFrame, users: Sequence[str] | None, snapshot: str
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Users in the order asked for, and those who were not found."""
    if users is None:
        return found, ()
    rows = pd.Index(found[USER]).get_indexer(pd.Index(users, dtype=object))
    unknown = tuple(user for user, row in zip(users, rows, strict=True) if row < 0)
    if len(unknown) == len(users):
        whom = f"user {users[0]!r}: check the id"
        if len(users) > 1:
            whom = f"any of the {len(users)} users, the first being {users[0]!r}: check the ids"
        raise MissingError(f"snapshot {snapshot} has no history of {whom}")
    return found.iloc[rows[rows >= 0]].reset_index(drop=True), unknown


def _named(users: Sequence[str]) -> str:
    more = f" and {len(users) - NAMED} more" if len(users) > NAMED else ""
    return f"{', '.join(map(repr, users[:NAMED]))}{more}"
