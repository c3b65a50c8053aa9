"""What a card is made from: a run's documents, and counts and ranks from its outputs."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from raie.columns import USER
from raie.params import Params
from raie.sequences.vocabulary import Vocabulary
from raie.snapshots.ledger import Entry
from raie.snapshots.night import Night

Document = Mapping[str, Any]
Folders = Callable[[str], Path | None]
"""Folder of an output by its name, None where its data are not at hand."""


@dataclass(frozen=True)
class Counts:
    """How much a snapshot knows; None where its data are not at hand.

    Attributes
    ----------
    events, users, items : int or None
        Accepted so far; with a history; in the vocabulary.
    """

    events: int | None
    users: int | None
    items: int | None


@dataclass(frozen=True)
class Sources:
    """All that a card says comes from here.

    Attributes
    ----------
    manifest : mapping
        Of the snapshot; its night, params, metrics, training, gates and environment are read.
    params : Params
        Those of the manifest.
    entries : sequence of mapping
        The run's own ledger entries.
    counts : Counts
    outcomes : mapping of str to DataFrame
        Ranks per window by part of the metrics; parts whose ranks are not at hand are missing.
    """

    manifest: Document
    params: Params
    entries: list[Entry]
    counts: Counts
    outcomes: Mapping[str, pd.DataFrame]

    @property
    def night(self) -> Night:
        """What the run was."""
        return Night(**self.manifest["night"])

    @property
    def metrics(self) -> Document:
        """Metrics by part."""
        return dict(self.manifest["metrics"])


HISTORIES, VOCABULARY = "histories.parquet", "vocabulary.json"
OUTCOMES = {
    "setup_heldout": "retention.parquet",
    "newest_heldout": "newest.parquet",
    "forward": "forward.parquet",
}
"""File of ``data/outcomes`` by part of the metrics."""


def read_sources(manifest: Document, entries: list[Entry], folders: Folders) -> Sources:
    """Read counts and ranks from the outputs that are at hand.

    Parameters
    ----------
    manifest : mapping
    entries : list of dict
        The run's ledger entries.
    folders : callable
        Finds an output.
    """
    params = Params.model_validate(manifest["params"])
    return Sources(manifest, params, entries, _counts(folders), _outcomes(folders("outcomes")))


def _counts(folders: Folders) -> Counts:
    raw, histories = folders("raw"), folders("histories")
    days = [] if raw is None else sorted(raw.glob("*.parquet"))
    events = sum(pq.read_metadata(day).num_rows for day in days) if days else None
    if histories is None or not (histories / HISTORIES).is_file():
        return Counts(events, None, None)
    users = pd.read_parquet(histories / HISTORIES, columns=[USER])[USER].nunique()
    return Counts(events, int(users), len(Vocabulary.load(histories / VOCABULARY)))


def _outcomes(folder: Path | None) -> dict[str, pd.DataFrame]:
    if folder is None:
        return {}
    # a run without a champion has met nothing ahead of its time
    return {
        part: pd.read_parquet(folder / name) for part, name in OUTCOMES.items() if (folder / name).is_file()
    }
