"""The ledger: one hash-chained entry per edit, from which the region set can be rebuilt.

Every snapshot's tag holds the entries of its own run; each entry names the hash of the one before it, across
runs, so that the chain reads on from tag to tag. An entry carries the edit itself (what was added to the
region's statistics), so replaying the ledger is the proof that the stored region set came about this way.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from raie.edits.edit import Edit
from raie.exceptions import RefusedError
from raie.snapshots.digests import canonical, document_digest

if TYPE_CHECKING:
    from raie.regions.regionset import RegionSet

Entry = dict[str, Any]


def chain(records: Iterable[Mapping[str, Any]], *, head: str) -> list[Entry]:
    """Number and link records into entries after the entry whose hash is ``head``."""
    entries: list[Entry] = []
    for record in records:
        entry = {**record, "previous_hash": head}
        head = document_digest(entry)
        entries.append({**entry, "hash": head})
    return entries


def head_of(entries: Sequence[Entry], *, head: str) -> str:
    """Hash of the last entry, or ``head`` where a run edited nothing."""
    return str(entries[-1]["hash"]) if entries else head


def verify_chain(entries: Sequence[Entry], *, head: str) -> str:
    """Recompute every hash and return the last one.

    Raises
    ------
    RefusedError
        Naming the first entry that was changed, removed or moved.
    """
    for number, entry in enumerate(entries, start=1):
        name = entry.get("event", f"number {number}")
        body = {key: value for key, value in entry.items() if key != "hash"}
        if body.get("previous_hash") != head:
            raise RefusedError(f"ledger entry {name}: does not follow the entry before it")
        head = document_digest(body)
        if entry.get("hash") != head:
            raise RefusedError(f"ledger entry {name}: its content does not match its hash")
    return head


def replay(entries: Iterable[Entry], start: "RegionSet") -> "RegionSet":
    """Region set after the entries' edits, in order, on top of ``start``.

    A retrain's entries belong together: they give a set only when all of them are replayed.
    """
    # folding brings SciPy along, which who only reads the ledger need not wait for
    from raie.edits.fold import fold

    regions = start
    for (snapshot, date), run in groupby(entries, key=lambda entry: (entry["snapshot"], entry["date"])):
        edits = [Edit.from_document(entry["edit"]) for entry in run]
        regions = fold(regions, edits, snapshot=snapshot, date=date)
    return regions


def write_entries(path: Path, entries: Iterable[Entry]) -> None:
    """Write entries as JSON lines."""
    path.write_text("".join(canonical(entry) + "\n" for entry in entries), encoding="utf-8")


def parse_entries(text: str) -> list[Entry]:
    """Entries of a ledger file's text.

    Raises
    ------
    RefusedError
        Naming the first line that is not a JSON object.
    """
    entries: list[Entry] = []
    # not splitlines: JSON strings may hold line separators of Unicode's own
    lines = text.removesuffix("\n").split("\n") if text else []
    for number, line in enumerate(lines, start=1):
        try:
            entry = json.loads(line, parse_constant=_refuse_constant)
        except ValueError as error:
            raise RefusedError(f"ledger line {number} is not JSON: restore it from its tag") from error
        if not isinstance(entry, dict):
            raise RefusedError(f"ledger line {number} is not an object: restore it from its tag")
        entries.append(entry)
    return entries


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
