"""The ledger's chain from tag to tag: within one it was checked when it was read."""

import sqlite3

from raie.archive.reading import ADVICE
from raie.exceptions import RefusedError
from raie.snapshots.night import GENESIS_HASH

_QUERY = "SELECT number, ref, snapshot, refused, previous, follows, ends FROM tag ORDER BY position"


def check_links(connection: sqlite3.Connection) -> None:
    """Check that every run's first entry follows the last one of the run before.

    Raises
    ------
    RefusedError
        Naming the first entry that follows another.
    """
    ends: dict[str | None, str | None] = {None: GENESIS_HASH}
    before = None
    for number, ref, snapshot, refused, previous, follows, last in connection.execute(_QUERY).fetchall():
        if refused:
            # nothing follows a candidate, and its champion may be gone
            before = previous
        expected = ends.get(before)
        if None not in (expected, follows) and expected != follows:
            what = f"the last entry of {before}" if before else "nothing, as the first one must"
            raise RefusedError(f"{ref}: {_broken(connection, number)} {what}: {ADVICE}")
        if not refused:
            before = snapshot
            ends[before] = last


def _broken(connection: sqlite3.Connection, number: int) -> str:
    query = "SELECT event FROM edit WHERE tag = ? AND position = 1"
    first = connection.execute(query, [number]).fetchone()
    if first is None:
        return "its empty ledger does not end with"
    return f"ledger entry {first[0]}: does not follow"
