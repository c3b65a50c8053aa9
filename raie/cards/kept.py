"""The card of a tag: the one it keeps, or made now for tags from before there were cards."""

from pathlib import Path

from raie.cards.card import render_card
from raie.cards.sources import read_sources
from raie.exceptions import MissingError
from raie.snapshots.git import show
from raie.snapshots.history import LEDGER, manifest_of
from raie.snapshots.ledger import parse_entries
from raie.snapshots.opened import open_output
from raie.snapshots.tags import ref_of

CARD = "data/card.md"


def card_of(repository: Path, name: str) -> str:
    """Card of a snapshot, or of a candidate named by its tag.

    Made now, it has intervals and counts only where the snapshot's data are in DVC's cache or remote.

    Raises
    ------
    MissingError
        If there is no such tag.
    """
    ref = ref_of(repository, name)
    try:
        return show(repository, ref, CARD) + "\n"
    except MissingError:
        return _made_now(repository, ref)


def _made_now(repository: Path, ref: str) -> str:
    def folder(output: str) -> Path | None:
        try:
            return open_output(repository, ref, output)
        except MissingError:
            return None

    entries = parse_entries(show(repository, ref, LEDGER))
    return render_card(read_sources(manifest_of(repository, ref), entries, folder))
