"""The index file: brought up to date from the tags, made anew where it cannot be used."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock

from raie.archive.schema import TABLES, VERSION
from raie.archive.witness import add_to_witness, read_witness
from raie.exceptions import UsageError
from raie.snapshots.lock import WORK
from raie.snapshots.objects import tagged_commits
from raie.snapshots.tags import CANDIDATE_PREFIX, PREFIX, list_candidates, list_snapshots

FILE = WORK / "archive.sqlite"
TIMEOUT = 60.0
"""Seconds to wait for another process that writes."""


def open_index(repository: Path) -> sqlite3.Connection:
    """Open the index as of the tags there are now.

    Only tags that are new or were moved are read; those that are gone are dropped.

    Raises
    ------
    RefusedError
        If the ledger's chain is broken; the index stays as it was.
    UsageError
        If the file can be neither read nor made.
    """
    tags = _tags(repository)
    try:
        return _opened(repository, tags)
    except sqlite3.DatabaseError:
        return rebuilt_index(repository)


def rebuilt_index(repository: Path) -> sqlite3.Connection:
    """Make the index anew: it is a cache, and whatever is wrong with it, the tags know."""
    file = repository / FILE
    try:
        with _lock(repository):
            for each in (file, file.with_name(f"{file.name}-journal")):
                each.unlink(missing_ok=True)
        return _opened(repository, _tags(repository))
    except (OSError, sqlite3.Error) as error:
        raise UsageError(f"{file}: {error}: make it writable, or delete it") from error


def _tags(repository: Path) -> dict[str, str]:
    """Commits of all snapshots, oldest first, then of all candidates, by tag."""
    commits = tagged_commits(repository, PREFIX, CANDIDATE_PREFIX)
    names = [PREFIX + each for each in list_snapshots(repository)]
    names += [CANDIDATE_PREFIX + each for each in list_candidates(repository)]
    return {name: commits[name] for name in names if name in commits}


def _opened(repository: Path, tags: Mapping[str, str]) -> sqlite3.Connection:
    (repository / WORK).mkdir(exist_ok=True)
    connection = _connect(repository / FILE)
    ids = {tag.removeprefix(PREFIX): commit for tag, commit in tags.items() if tag.startswith(PREFIX)}
    try:
        if not _current(connection, tags) or not ids.keys() <= read_witness(repository).keys():
            with _lock(repository):
                _update(connection, repository, tags)
                add_to_witness(repository, ids)
    except BaseException:
        connection.close()
        raise
    return connection


def _connect(file: Path) -> sqlite3.Connection:
    # transactions begin and end where they are written, not where the driver thinks best
    connection = sqlite3.connect(file, timeout=TIMEOUT, isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON")
    return connection


def _lock(repository: Path) -> FileLock:
    return FileLock(repository / WORK / "archive.lock")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _current(connection: sqlite3.Connection, tags: Mapping[str, str]) -> bool:
    if _version(connection) not in (0, VERSION):
        raise sqlite3.DatabaseError("written by another version")
    if _version(connection) == 0:
        return False
    known = connection.execute('SELECT ref, "commit" FROM tag ORDER BY position').fetchall()
    return known == list(tags.items())


def _update(connection: sqlite3.Connection, repository: Path, tags: Mapping[str, str]) -> None:
    """Take over what changed, all of it or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        if _version(connection) == 0:
            for statement in TABLES.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {VERSION}")
        _synchronise(connection, repository, tags)
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _synchronise(connection: sqlite3.Connection, repository: Path, tags: Mapping[str, str]) -> None:
    # what reads and checks a tag is slow to import, and mostly there is none to read
    from raie.archive.links import check_links
    from raie.archive.reading import read_tags

    known = dict(connection.execute('SELECT ref, "commit" FROM tag').fetchall())
    gone = [(ref,) for ref, commit in known.items() if tags.get(ref) != commit]
    connection.executemany("DELETE FROM tag WHERE ref = ?", gone)
    new = {ref: commit for ref, commit in tags.items() if known.get(ref) != commit}
    for rows in read_tags(repository, new):
        number = _insert(connection, "tag", [rows.tag])
        for table, within in rows.within.items():
            _insert(connection, table, [{"tag": number, **row} for row in within])
    positions = [(position, ref) for position, ref in enumerate(tags)]
    connection.executemany("UPDATE tag SET position = ? WHERE ref = ?", positions)
    check_links(connection)


def _insert(connection: sqlite3.Connection, table: str, rows: list[dict[str, Any]]) -> int | None:
    """Insert rows, all with the same names; return the number of the last."""
    if not rows:
        return None
    names, marks = ", ".join(f'"{name}"' for name in rows[0]), ", ".join("?" * len(rows[0]))
    cursor = connection.cursor()
    cursor.executemany(
        f"INSERT INTO {table} ({names}) VALUES ({marks})", [tuple(row.values()) for row in rows]
    )
    return int(connection.execute("SELECT last_insert_rowid()").fetchone()[0])
