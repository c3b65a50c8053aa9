"""What git keeps of a run, unpacked from its tag."""

import json
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from raie.exceptions import MissingError
from raie.params import RecommendParams
from raie.snapshots.git import git
from raie.snapshots.ledger import Entry, parse_entries
from raie.snapshots.night import Night
from raie.snapshots.tags import PREFIX

MANIFEST = Path("data/manifest.json")
METRICS = Path("data/metrics.json")
TRAINING = Path("data/training.json")
LEDGER = Path("data/ledger.jsonl")
GATES = Path("data/gates")
OTHERS = (Path("data/card.md"), Path("data/gates.html"), Path("dvc.lock"), Path("params.yaml"))
KEPT = (MANIFEST, METRICS, TRAINING, LEDGER, GATES, *OTHERS)
"""Documents that a run's MLflow page shows, as far as the tag holds them."""

Document = dict[str, Any]


@dataclass(frozen=True)
class Tagged:
    """A tag and its documents.

    Attributes
    ----------
    tag, commit : str
    committed : int
        Milliseconds since 1970: when the run ended.
    night : Night
    manifest, metrics : dict
    training : dict of str to dict
        By region id, what its adapter was trained on.
    gates : dict of str to dict
        By gate.
    edits : list of dict
        Edits of the run, in order.
    folder : Path
        Where the documents lie under their own paths.
    """

    tag: str
    commit: str
    committed: int
    night: Night
    manifest: Document
    metrics: Document
    training: dict[str, Document]
    gates: dict[str, Document]
    edits: list[Document]
    folder: Path

    @property
    def date(self) -> str:
        """UTC date of the night."""
        return self.night.date or self.night.snapshot

    @property
    def identity(self) -> dict[str, str]:
        """Who the run is, as far as git says."""
        return {
            "snapshot": self.night.snapshot,
            "tag": self.tag,
            "commit": self.commit,
            "root_hash": str(self.manifest["root_hash"]),
            "date": self.date,
            "generation": str(self.night.generation),
        }

    @property
    def defaults(self) -> RecommendParams:
        """What the run recommended: read alone, because tags outlive the names of other params."""
        return RecommendParams.model_validate(self.manifest["params"]["recommend"])

    @property
    def promoted(self) -> bool:
        """Whether the run became champion; a candidate was refused."""
        return self.tag.startswith(PREFIX)

    @property
    def touched(self) -> list[str]:
        """Ids of the regions whose adapter trained."""
        return [region for region, entry in self.training.items() if entry.get("trained")]


def unpack(repository: Path, tag: str, folder: Path) -> Tagged:
    """Write a tag's documents into ``folder``, which is created, byte for byte, and read them.

    Parameters
    ----------
    repository : Path
    tag : str
        Full tag of a snapshot or a candidate that exists.
    folder : Path

    Raises
    ------
    MissingError
        If the tag holds no manifest.
    """
    ref = f"refs/tags/{tag}"
    held = git(repository, "ls-tree", "--name-only", ref, "--", *map(str, KEPT)).splitlines()
    if str(MANIFEST) not in held:
        raise MissingError(f"{tag} holds no {MANIFEST}: is it a snapshot? see raie snapshot list")
    folder.mkdir(parents=True, exist_ok=True)
    archive = folder.with_suffix(".tar")
    git(repository, "archive", "--format=tar", f"--output={archive}", ref, "--", *held)
    with tarfile.open(archive) as stream:
        stream.extractall(folder, filter="data")
    archive.unlink()
    commit, seconds = git(repository, "log", "-1", "--format=%H %ct", ref).split()
    manifest = _read(folder / MANIFEST)
    return Tagged(
        tag=tag,
        commit=commit,
        committed=int(seconds) * 1000,
        night=Night(**manifest["night"]),
        manifest=manifest,
        metrics=_read(folder / METRICS),
        training=_read(folder / TRAINING),
        gates={file.stem: _read(file) for file in sorted((folder / GATES).glob("*.json"))},
        edits=[entry["edit"] for entry in _entries(folder / LEDGER)],
        folder=folder,
    )


def _read(file: Path) -> Document:
    return dict(json.loads(file.read_text(encoding="utf-8"))) if file.is_file() else {}


def _entries(file: Path) -> list[Entry]:
    return parse_entries(file.read_text(encoding="utf-8")) if file.is_file() else []
