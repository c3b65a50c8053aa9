"""Ledger entries of one tag, their hashes checked on the way into the index."""

import json
from dataclasses import dataclass
from itertools import pairwise

from pydantic_core import from_json

from raie.archive.documents import Document, Row, section
from raie.exceptions import RefusedError
from raie.snapshots.digests import text_digest
from raie.snapshots.ledger import Entry, parse_entries, verify_chain


@dataclass(frozen=True)
class Ledger:
    """Entries of one run as rows; the hash they follow and the one they end with, where known."""

    rows: list[Row]
    follows: str | None
    ends: str | None


def read_ledger(text: str, manifest: Document) -> Ledger:
    """Check the chain within one run's entries, and that it ends where the manifest says.

    Raises
    ------
    RefusedError
        Naming the first entry that was changed, removed or moved.
    """
    entries, named = _checked(text), manifest.get("ledger_head")
    if not entries:
        # a run without edits ends where it began
        return Ledger([], named, named)
    first, last = entries[0], entries[-1]
    if named not in (None, last["hash"]):
        raise RefusedError(
            f"ledger entry {last.get('event')}: is the last, but not the manifest's ledger_head"
        )
    rows = [_row(position, entry) for position, entry in enumerate(entries, start=1)]
    return Ledger(rows, first["previous_hash"], last["hash"])


def _checked(text: str) -> list[Entry]:
    lines = text.removesuffix("\n").split("\n") if text else []
    quick = [entry for entry in map(_quickly, lines) if entry is not None]
    linked = all(earlier["hash"] == later["previous_hash"] for earlier, later in pairwise(quick))
    if len(quick) == len(lines) and linked:
        return quick
    entries = parse_entries(text)
    verify_chain(entries, head=entries[0].get("previous_hash", "none"))
    return entries


def _quickly(line: str) -> Entry | None:
    """Entry of a line whose text without its hash has that hash, as canonical JSON has; else None.

    It saves writing every entry anew to hash it, which is most of the time that reading takes.
    """
    try:
        entry: Entry = from_json(line)
        stored, _ = entry["hash"], entry["previous_hash"]
    except (ValueError, KeyError, TypeError):
        return None
    return entry if text_digest(line.replace(f'"hash":"{stored}",', "", 1)) == stored else None


def _row(position: int, entry: Entry) -> Row:
    edit, scores = section(entry, "edit"), section(entry, "edit", "scores")
    return {
        "position": position,
        "date": entry.get("date"),
        "generation": entry.get("generation", 1),
        "event": entry.get("event"),
        "operation": edit.get("operation"),
        "region": edit.get("region"),
        "parents": json.dumps(edit.get("parents") or []),
        "n_sequences": edit.get("n_sequences"),
        "retained": edit.get("retained"),
        "weight": edit.get("weight"),
        "radius": edit.get("radius"),
        "angle_moved": scores.get("angle_moved"),
        "scores": json.dumps(scores),
        "sequences_digest": entry.get("sequences_digest"),
        "adapter_digest": entry.get("adapter_digest"),
        "hash": entry["hash"],
        "previous_hash": entry["previous_hash"],
    }
