"""Ledger entries as rows."""

import math
from typing import Any

import pandas as pd

from raie.archive.archive import Archive

Row = dict[str, Any]
DIGEST = 12
"""Signs of a hash that a listing shows."""


def entry_rows(archive: Archive, *, region: str | None = None, as_of: str | None = None) -> list[Row]:
    """One row per ledger entry, in order: of all regions or those that name one, up to a snapshot."""
    return [
        {
            "event": entry.event,
            "date": entry.date,
            "generation": entry.generation,
            "operation": entry.operation,
            "region": entry.region,
            "parents": " ".join(entry.parents),
            "sequences": entry.n_sequences,
            "weight": entry.weight,
            "radius": entry.radius,
            "angle_moved": number(entry.angle_moved),
            "bic_gain": entry.scores.get("bic_gain"),
            "hash": entry.hash[:DIGEST],
        }
        for entry in archive.edits(region=region, as_of=as_of).itertuples(index=False)
    ]


def region_entries(edits: pd.DataFrame) -> list[Row]:
    """One row per ledger entry that names a region, with all its numbers and digests."""
    return [
        {
            "snapshot": entry.snapshot,
            "event": entry.event,
            "operation": entry.operation,
            "region": entry.region,
            "parents": list(entry.parents),
            "generation": entry.generation,
            "sequences": entry.n_sequences,
            "weight": entry.weight,
            "radius": entry.radius,
            "angle_moved": number(entry.angle_moved),
            "bic_gain": entry.scores.get("bic_gain"),
            "scores": entry.scores,
            "sequences_digest": entry.sequences_digest,
            "adapter_digest": entry.adapter_digest,
            "hash": entry.hash,
        }
        for entry in edits.itertuples(index=False)
    ]


def number(value: Any) -> float | None:
    """Return a number as JSON has it: None where it is unknown."""
    return None if value is None or pd.isna(value) or math.isinf(value) else float(value)
