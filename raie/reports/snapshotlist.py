"""The list of snapshots: everything for programs, what fits a line for people."""

from typing import Any

import pandas as pd

Row = dict[str, Any]
SHORT_HASH = 12


def snapshot_records(snapshots: pd.DataFrame) -> list[Row]:
    """Every column of the archive's table, None for what is not known."""
    return [
        {name: None if pd.isna(value) else value for name, value in record.items()}
        for record in snapshots.to_dict("records")
    ]


def snapshot_rows(snapshots: pd.DataFrame) -> list[Row]:
    """One row per snapshot or candidate, short enough for a line of 180 columns."""
    records, several = snapshot_records(snapshots), len(judged_at(snapshots)) > 1
    return [_row(record) | ({"k": record["k"]} if several else {}) for record in records]


def judged_at(snapshots: pd.DataFrame) -> list[int]:
    """Lengths of the lists that Recall and NDCG were measured on, as a rule one for all snapshots."""
    return sorted(int(k) for k in snapshots["k"].dropna().unique())


def list_title(snapshots: pd.DataFrame) -> str:
    """What the numbers of the list are."""
    lengths = judged_at(snapshots)
    at = f"@{lengths[0]}" if len(lengths) == 1 else "@k"
    return f"Snapshots; Recall{at} and NDCG{at} on held-out Set-up, Recall{at} on the newest slice"


def name_of(record: Row) -> str:
    """How a snapshot or candidate is named on the command line."""
    return str(record["ref"] if record["status"] == "refused" else record["snapshot"])


def _row(record: Row) -> Row:
    return {
        "snapshot": name_of(record),
        "date": record["date"],
        "kind": record["kind"],
        "gen": record["generation"],
        "previous": record["previous"],
        "status": record["status"],
        "regions": record["n_regions"],
        "raw from": record["first_day"],
        "raw to": record["last_day"],
        "accepted": record["n_accepted"],
        "recall": record["heldout_recall"],
        "ndcg": record["heldout_ndcg"],
        "newest": record["newest_recall"],
        "root_hash": (record["root_hash"] or "")[:SHORT_HASH] or None,
    }
