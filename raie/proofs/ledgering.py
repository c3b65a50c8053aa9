"""The ledger: every entry's hash, and the chain through all snapshots."""

from raie.proofs.link import Link
from raie.proofs.mismatch import expect
from raie.snapshots.digests import document_digest
from raie.snapshots.ledger import Entry, head_of
from raie.snapshots.night import GENESIS_HASH


def check_ledger(link: Link, before: Link | None) -> None:
    """Check a snapshot's entries, from the last one of the snapshot before to the one its manifest names.

    Raises
    ------
    MismatchError
    """
    head = str(before.manifest["ledger_head"]) if before else GENESIS_HASH
    expect(link.tag, "the ledger's head before it, in data/night.json,", head, link.night["ledger_head"])
    for number, entry in enumerate(link.entries, start=1):
        _check_entry(link, number, entry, head)
        head = str(entry["hash"])
    last = head_of(link.entries, head=head)
    expect(link.tag, "the hash of its last ledger entry", link.manifest["ledger_head"], last)


def _check_entry(link: Link, number: int, entry: Entry, head: str) -> None:
    night = link.night
    event = f"{night['snapshot']}/{number:04d}"
    expect(link.tag, f"ledger line {number}: its event", event, entry["event"])
    expect(link.tag, f"ledger entry {event}: the hash before it", head, entry["previous_hash"])
    content = {key: value for key, value in entry.items() if key != "hash"}
    expect(
        link.tag, f"ledger entry {event}: the hash of its content", entry["hash"], document_digest(content)
    )
    for key in ("snapshot", "date", "generation", "run", "code_commit"):
        # a night that was given no date takes it from its events
        if night[key] is not None:
            expect(link.tag, f"ledger entry {event}: its {key}", night[key], entry[key])
