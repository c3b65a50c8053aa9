"""Rows of the listings, and how they are printed."""

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from raie.experiments.standingstill import StandingStill
from raie.reports.editcounts import count_edits
from raie.snapshots.history import edits_of, ledger_entries, manifest_of, metrics_of, region_history
from raie.snapshots.tags import list_snapshots

Row = dict[str, Any]


def snapshot_rows(repository: Path) -> list[Row]:
    """One row per snapshot, oldest first."""
    rows = []
    for snapshot in list_snapshots(repository):
        manifest, metrics = manifest_of(repository, snapshot), metrics_of(repository, snapshot)
        retention = metrics["setup_heldout"].get("routed", {})
        rows.append(
            {
                "snapshot": snapshot,
                "previous": manifest["night"]["previous"] or "",
                "regions": len(manifest["training"]),
                **{f"heldout_{name}": value for name, value in retention.items()},
                "root_hash": manifest["root_hash"][:12],
            }
        )
    return rows


def edit_counts(repository: Path, snapshot: str) -> dict[str, int]:
    """Number of edits per operation in a snapshot's ledger, and sequences behind updates and expands."""
    return count_edits(edits_of(repository, snapshot))


def history_rows(repository: Path, *, region: str | None, as_of: str | None) -> list[Row]:
    """One row per ledger entry, of one region or of all."""
    if region is None:
        entries = list(ledger_entries(repository, as_of=as_of))
    else:
        entries = region_history(repository, region, as_of=as_of)
    return [_history_row(entry) for entry in entries]


def _history_row(entry: dict[str, Any]) -> Row:
    edit = entry["edit"]
    return {
        "event": entry["event"],
        "date": entry["date"],
        "generation": entry.get("generation", 1),
        "operation": edit["operation"],
        "region": edit["region"],
        "parents": " ".join(edit["parents"]),
        "sequences": edit["n_sequences"],
        "weight": edit["weight"],
        "radius": edit["radius"],
        "angle_moved": edit["scores"].get("angle_moved"),
        "bic_gain": edit["scores"].get("bic_gain"),
        "hash": entry["hash"][:12],
    }


def print_standing_still(result: StandingStill) -> None:
    """Print nights against genesis, then the mean difference with its interval."""
    rows = [
        {
            "night": night.snapshot,
            "windows": night.windows,
            "recall genesis": night.recall[0],
            "recall nights": night.recall[1],
            "difference": night.recall[1] - night.recall[0],
            "ndcg genesis": night.ndcg[0],
            "ndcg nights": night.ndcg[1],
        }
        for night in result.nights
    ]
    print_rows(rows, title=f"Recall@{result.k} and NDCG@{result.k} on what arrived next")
    for name, interval in (("Recall", result.recall), ("NDCG", result.ndcg)):
        text = f"{interval.difference:+.4f} [{interval.low:+.4f}, {interval.high:+.4f}]"
        Console().print(f"mean over {interval.n_groups} nights, {name}@{result.k}, nights - genesis: {text}")


def print_rows(rows: list[Row], *, title: str | None = None) -> None:
    """Print rows as a table; floats with four decimals, what is missing as a dash."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    table = Table(title=title, header_style="bold")
    for name in names or ("nothing",):
        table.add_column(name.replace("_", " "), justify="right" if _numeric(rows, name) else "left")
    for row in rows:
        table.add_row(*(_text(row.get(name)) for name in names))
    # ids are data: no markup or emoji code in them is acted upon
    width = None if Console().is_terminal else 180
    Console(width=width, markup=False, emoji=False, highlight=False).print(table)


def _numeric(rows: list[Row], name: str) -> bool:
    return any(isinstance(row.get(name), int | float) for row in rows)


def _text(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.4f}" if isinstance(value, float) else str(value)
