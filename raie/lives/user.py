"""Which regions a user was routed to, and why."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from raie.archive.archive import Archive
from raie.columns import USER
from raie.exceptions import MissingError
from raie.lives.asof import snapshots_until
from raie.lives.decided import decided
from raie.lives.itemtable import Items
from raie.lives.served import RECOMMENDATIONS
from raie.snapshots.cached import files_of
from raie.snapshots.remedy import how_to_fetch

_TRACE = ("region", "runner_up", "angle", "radius", "margin", "adapter", "fallback")
_NEIGHBOURS = "neighbour_share"
"""Not told by snapshots from before there were any."""


def user_document(
    repository: Path, archive: Archive, user: str, *, as_of: str, items: Items
) -> dict[str, Any]:
    """Tell what became of a user's sequences up to a snapshot, and what they are recommended then.

    Parameters
    ----------
    repository : Path
    archive : Archive
    user : str
        Id.
    as_of : str
        Id of a snapshot that exists.
    items : Items
        Titles.

    Returns
    -------
    dict
        user; as_of; decisions (`raie.lives.decided.decided`); recommended (region, runner_up, angle, radius,
        margin, adapter, fallback and items, each with rank, item, title and score), None where there is none
        or it is not at hand; nights_not_at_hand; notices, lines that say what is not at hand.

    Raises
    ------
    MissingError
        If no night and no recommendation that is at hand knows the user.
    """
    nights = snapshots_until(archive, as_of).query("kind == 'nightly'")["snapshot"].tolist()
    found = decided(repository, nights, user)
    notices = []
    if found.lacking:
        counted = f"decisions of {len(found.lacking)} of {len(nights)} nights"
        notices.append(f"{counted} are not in the cache: {how_to_fetch(repository)}")
    try:
        recommended = _recommended(repository, as_of, user, items)
    except MissingError as error:
        recommended = None
        notices.append(str(error))
    if recommended is None and not found.rows:
        raise _unknown(as_of, user, notices)
    return {
        "user": user,
        "as_of": as_of,
        "decisions": list(found.rows),
        "recommended": recommended,
        "nights_not_at_hand": list(found.lacking),
        "notices": notices,
    }


def _unknown(as_of: str, user: str, notices: Sequence[str]) -> MissingError:
    """The id is in doubt only where all that could know the user was read."""
    if not notices:
        return MissingError(f"snapshot {as_of} has no history of user {user!r}: check the id")
    return MissingError(
        "; ".join([f"nothing that is at hand as of {as_of} tells of user {user!r}", *notices])
    )


def _recommended(repository: Path, snapshot: str, user: str, items: Items) -> dict[str, Any] | None:
    file = files_of(repository, snapshot, RECOMMENDATIONS)[RECOMMENDATIONS]
    rows = pq.read_table(file, filters=pc.field(USER) == user).to_pylist()
    if not rows:
        return None
    ranked = enumerate(zip(rows[0]["items"], rows[0]["scores"], strict=True), start=1)
    return {
        "snapshot": snapshot,
        **{name: rows[0][name] for name in _TRACE},
        _NEIGHBOURS: rows[0].get(_NEIGHBOURS, 0.0),
        "items": [
            {"rank": rank, "item": item, "title": items.title(item), "score": score}
            for rank, (item, score) in ranked
        ],
    }
