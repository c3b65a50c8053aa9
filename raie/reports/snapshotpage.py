"""One snapshot or candidate on a page: what it is, and what was measured of it."""

from collections.abc import Mapping, Sequence

import pandas as pd

from raie.archive.documents import Document, metric_rows, section, training_rows
from raie.reports.gatedocuments import ORDER
from raie.reports.snapshotlist import Row, name_of
from raie.snapshots.tags import CANDIDATE_PREFIX

_COLUMNS = {"setup_heldout": "held-out", "newest_heldout": "newest", "forward": "forward"}


def page_title(record: Row) -> str:
    """Its name, and what became of it."""
    what = "Candidate" if record["status"] == "refused" else "Snapshot"
    became = {"champion": "the champion", "earlier": "an earlier champion", "refused": "refused"}
    name = name_of(record).removeprefix(CANDIDATE_PREFIX)
    return f"{what} {name}, {became[record['status']]}"


def page_facts(
    record: Row, manifest: Document, *, operations: Mapping[str, int], parents: Sequence[str]
) -> dict[str, str]:
    """Facts by name, in reading order; those that do not apply are left out.

    Parameters
    ----------
    record : dict
        Its row of the archive's table, None for what is not known.
    manifest : dict
    operations : mapping of str to int
        Edits of its run by operation.
    parents : sequence of str
        Commits that its own follows: the code, then the previous snapshot.
    """
    facts = {
        "kind": f"{record['kind']}, generation {record['generation']}",
        "run": record["run"],
        "tag": f"{record['ref']} -> {record['commit']}",
        "code": parents[0] if parents else None,
        "previous": " -> ".join([record["previous"], *parents[1:2]]) if record["previous"] else None,
        "restored": _restored(section(manifest, "night")),
        "raw data": _raw_data(record, section(manifest, "artefacts", "raw")),
        "delivery": _delivery(record),
        "edits": ", ".join(f"{times} {name}" for name, times in operations.items()) or "none",
        **_measured(record),
        "root hash": record["root_hash"],
        "ledger head": record["ledger_head"],
    }
    return {name: text for name, text in facts.items() if text}


def region_rows(manifest: Document) -> list[Row]:
    """One row per region: how its adapter came about, and Recall by part of the metrics."""
    rows = {row["region"]: _training(row) for row in training_rows(manifest)}
    for scores in metric_rows(manifest):
        row, part = rows.setdefault(scores["region"], {"region": scores["region"]}), _COLUMNS[scores["part"]]
        row[f"{part} windows"], row[f"{part} recall"] = scores["windows"], scores["recall"]
        if scores["part"] == "setup_heldout":
            row[f"{part} ndcg"] = scores["ndcg"]
    return [rows[region] for region in sorted(rows)]


def gate_rows(gates: pd.DataFrame) -> list[Row]:
    """One row per gate in the order of the pipeline: what it said."""
    said = {True: "passed", False: "refused", None: "not judged"}
    rows = [
        {
            "gate": gate["gate"],
            "verdict": said[gate["passed"]],
            "warnings": len(gate["warnings"]),
            "headline": gate["headline"],
        }
        for gate in gates.to_dict("records")
    ]
    return sorted(rows, key=lambda row: ORDER.index(row["gate"]) if row["gate"] in ORDER else len(ORDER))


def artefact_rows(manifest: Document) -> list[Row]:
    """One row per artefact: the number of its files."""
    artefacts = section(manifest, "artefacts")
    return [{"artefact": name, "files": len(files)} for name, files in artefacts.items()]


def _restored(night: Document) -> str | None:
    erased = f"events of {len(night['erasure'])} users taken out" if night.get("erasure") else None
    back = f"back to {night['restored']}" if night.get("restored") else None
    region = f"region {night['restored_region']} alone" if night.get("restored_region") else None
    return ", ".join(part for part in (back, region, erased) if part) or None


def _raw_data(record: Row, files: Document) -> str | None:
    if record["first_day"] is None:
        return None
    return f"{record['first_day']} to {record['last_day']}, {len(files)} days with events"


def _delivery(record: Row) -> str | None:
    if record["n_accepted"] is None:
        return None
    return f"{record['n_accepted']:,} rows accepted, {record['n_refused'] or 0:,} refused"


def _measured(record: Row) -> dict[str, str | None]:
    k, windows = record["k"], record["heldout_windows"]
    heldout = [
        _score(f"Recall@{k}", record["heldout_recall"], record["base_recall"]),
        _score(f"NDCG@{k}", record["heldout_ndcg"]),
        f"{windows:,} windows" if windows is not None else None,
    ]
    forward = _score(f"Recall@{k}", record["forward_recall"], record["forward_base_recall"])
    return {
        "held-out Set-up": ", ".join(part for part in heldout if part) or None,
        "newest slice": _score(f"Recall@{k}", record["newest_recall"]),
        "on what arrived": f"{forward}, by the champion of then" if forward else None,
    }


def _score(name: str, value: float | None, base: float | None = None) -> str | None:
    if value is None:
        return None
    return f"{name} {value:.4f}" + (f" (base alone {base:.4f})" if base is not None else "")


def _training(row: Row) -> Row:
    return {
        "region": row["region"],
        "trained": "yes" if row["trained"] else "no",
        "windows": row["windows"],
        "replayed": row["replayed"],
        "change norm": row["norm_mean"],
    }
