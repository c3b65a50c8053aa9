"""The nights as the page's JSON holds them, refused candidates among them."""

from typing import Any

import pandas as pd

from raie.audit.chronicle import Chronicle
from raie.audit.values import plain, rounded
from raie.regions.geometry import FloatArray
from raie.reports.gatedocuments import ORDER

_COPIED = (
    "ref", "date", "kind", "generation", "previous", "n_regions", "first_day", "last_day", "n_accepted",
    "n_refused", "k", "heldout_windows", "root_hash", "ledger_head", "commit", "code_commit", "run",
)  # fmt: skip
_MEASURED = (
    "heldout_recall", "heldout_ndcg", "base_recall", "newest_recall", "forward_recall", "forward_base_recall",
)  # fmt: skip
CANDIDATE = "candidate/"


def night_documents(chronicle: Chronicle, drift: FloatArray) -> list[dict[str, Any]]:
    """One document per night, in order: what it was, what was measured, what its gates said.

    ``space`` is the generation whose regions serve after it, ``restored`` the snapshot that a rollback went
    back to and the one region or None, empty for other nights.

    Parameters
    ----------
    chronicle : Chronicle
    drift : (N,)
        Degrees, see `raie.audit.drift.drift_per_night`.
    """
    gates = {str(ref): _gates(group) for ref, group in chronicle.gates.groupby("ref", sort=False)}
    rows = chronicle.nights.to_dict("records")
    return [
        {
            "id": name_of(row),
            "refused": row["status"] == "refused",
            "space": space,
            "restored": list(chronicle.restored.get(row["ref"], ())),
            **{name: plain(row[name]) for name in _COPIED},
            **{name: rounded(row[name]) for name in _MEASURED},
            "drift": rounded(turned),
            "gates": gates.get(row["ref"], []),
        }
        for row, turned, space in zip(rows, drift, chronicle.spaces, strict=True)
    ]


def name_of(row: dict[str, Any]) -> str:
    """Name of a night: the snapshot's id, or all of a candidate's tag, whose number tells it from others."""
    return str(row["ref"] if row["status"] == "refused" else row["snapshot"])


def _gates(rows: pd.DataFrame) -> list[list[Any]]:
    """Name, verdict, headline and warnings of each gate, in the order of the pipeline."""
    rows = rows.sort_values("gate", key=lambda names: names.map(lambda name: (_place(name), name)))
    columns = (rows[name] for name in ("gate", "passed", "headline", "warnings"))
    return [
        [gate, plain(passed), line, list(warned)] for gate, passed, line, warned in zip(*columns, strict=True)
    ]


def _place(gate: str) -> int:
    return ORDER.index(gate) if gate in ORDER else len(ORDER)
