"""Write the run's chained ledger entries, the manifest with its root hash, the gates' page, the card."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from raie.cards.card import render_card
from raie.cards.sources import read_sources
from raie.params import load_params
from raie.reports.gatespage import render_gates
from raie.snapshots.digests import document_digest, folder_digests
from raie.snapshots.ledger import Entry, chain, head_of, write_entries
from raie.snapshots.manifest import build_manifest, shaping_params
from raie.snapshots.night import Night, read_night
from raie.stages.artefacts import EDITS
from raie.stages.entry import start

ARTEFACTS = (
    "raw",
    "accepted",
    "histories",
    "backbone",
    "regions",
    "decisions",
    "adapters",
    "recommendations",
)
DOCUMENTS = ("metrics", "training")


def record(*, night: Path, data: Path, ledger: Path, manifest: Path, gates_page: Path, card: Path) -> None:
    """Run the stage."""
    this, params = read_night(night), load_params()
    entries = chain(_records(data, this), head=this.ledger_head)
    write_entries(ledger, entries)
    document = build_manifest(
        night=asdict(this),
        params=shaping_params(params),
        folders={name: data / name for name in ARTEFACTS},
        documents={"gates": _gates(data), **{name: _json(data / f"{name}.json") for name in DOCUMENTS}},
        lock_file=Path("requirements.lock"),
        ledger_head=head_of(entries, head=this.ledger_head),
    )
    text = json.dumps(document, indent=2, sort_keys=True) + "\n"
    manifest.write_text(text, encoding="utf-8")
    gates_page.write_text(render_gates(data / "gates"), encoding="utf-8")
    card.write_text(render_card(read_sources(document, entries, data.joinpath)), encoding="utf-8")


def _gates(data: Path) -> dict[str, Any]:
    """Every gate's document by name; run by hand, the stages leave only those of their own."""
    return {path.stem: _json(path) for path in sorted((data / "gates").glob("*.json"))}


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _records(data: Path, night: Night) -> Iterator[Entry]:
    """Edits as they go into the ledger: with the run they belong to and the adapter they led to."""
    lines = (data / "decisions" / EDITS).read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, start=1):
        edit: dict[str, Any] = json.loads(line)
        yield {
            "event": f"{night.snapshot}/{number:04d}",
            "snapshot": night.snapshot,
            "run": night.run,
            "code_commit": night.code_commit,
            "generation": night.generation,
            **edit,
            "adapter_digest": _adapter_digest(data / "adapters" / edit["edit"]["region"]),
        }


def _adapter_digest(folder: Path) -> str | None:
    return document_digest(folder_digests(folder)) if folder.is_dir() else None


if __name__ == "__main__":
    start(record)
