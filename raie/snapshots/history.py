"""History: the ledger of all snapshots, read from the tags."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from raie.edits.edit import Edit
from raie.exceptions import MissingError, RefusedError
from raie.snapshots.git import show
from raie.snapshots.ledger import Entry, parse_entries, verify_chain
from raie.snapshots.night import GENESIS_HASH
from raie.snapshots.tags import list_snapshots, order_of, tag_of

LEDGER = "data/ledger.jsonl"
MANIFEST = "data/manifest.json"
METRICS = "data/metrics.json"


def manifest_of(repository: Path, snapshot: str) -> dict[str, Any]:
    """Manifest of a snapshot."""
    return dict(json.loads(show(repository, tag_of(snapshot), MANIFEST)))


def metrics_of(repository: Path, snapshot: str) -> dict[str, Any]:
    """Metrics of a snapshot."""
    return dict(json.loads(show(repository, tag_of(snapshot), METRICS)))


def edits_of(repository: Path, snapshot: str) -> list[Edit]:
    """Edits of a snapshot's own run, in the order they applied."""
    entries = parse_entries(show(repository, tag_of(snapshot), LEDGER))
    return [Edit.from_document(entry["edit"]) for entry in entries]


def ledger_entries(repository: Path, *, as_of: str | None = None) -> Iterator[Entry]:
    """Entries of all snapshots up to ``as_of``, oldest first, their chain checked on the way.

    Raises
    ------
    RefusedError
        Naming the first entry that was changed, removed or moved, or the snapshot whose last one is gone.
    """
    head = GENESIS_HASH
    for snapshot in list_snapshots(repository):
        if as_of is not None and order_of(snapshot) > order_of(as_of):
            return
        entries = parse_entries(show(repository, tag_of(snapshot), LEDGER))
        head = verify_chain(entries, head=head)
        if head != manifest_of(repository, snapshot)["ledger_head"]:
            raise RefusedError(
                f"snapshot {snapshot}: its ledger does not end with the entry its manifest names"
            )
        yield from entries


def region_history(repository: Path, region: str, *, as_of: str | None = None) -> list[Entry]:
    """Every entry that names a region, as subject or as parent.

    Raises
    ------
    MissingError
        If no entry names it.
    """
    entries = [
        entry
        for entry in ledger_entries(repository, as_of=as_of)
        if region == entry["edit"]["region"] or region in entry["edit"]["parents"]
    ]
    if not entries:
        raise MissingError(f"no region {region} in the ledger: see raie history for all of them")
    return entries
