"""Write the run's ledger entries, chained to those before, and the manifest with its root hash."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from raie.params import load_params
from raie.snapshots.digests import document_digest, folder_digests
from raie.snapshots.ledger import Entry, chain, head_of, write_entries
from raie.snapshots.manifest import build_manifest
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
DOCUMENTS = {"gates": "gates/interactions.json", "metrics": "metrics.json", "training": "training.json"}


def record(*, night: Path, data: Path, ledger: Path, manifest: Path) -> None:
    """Run the stage."""
    this, params = read_night(night), load_params()
    entries = chain(_records(data, this), head=this.ledger_head)
    write_entries(ledger, entries)
    document = build_manifest(
        night=asdict(this),
        params=params.model_dump(),
        folders={name: data / name for name in ARTEFACTS},
        documents={name: json.loads((data / path).read_text("utf-8")) for name, path in DOCUMENTS.items()},
        lock_file=Path("requirements.lock"),
        ledger_head=head_of(entries, head=this.ledger_head),
    )
    text = json.dumps(document, indent=2, sort_keys=True) + "\n"
    manifest.write_text(text, encoding="utf-8")


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
            **edit,
            "adapter_digest": _adapter_digest(data / "adapters" / edit["edit"]["region"]),
        }


def _adapter_digest(folder: Path) -> str | None:
    return document_digest(folder_digests(folder)) if folder.is_dir() else None


if __name__ == "__main__":
    start(record)
