"""What a run of an invented night would leave in git: ledger, manifest, metrics, gates, pointers."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from inventednights import FIRST, InventedNight

from raie.params import PARAMS_FILE, load_params
from raie.regions.regionset import RegionSet, region_digest
from raie.snapshots.digests import canonical, document_digest
from raie.snapshots.ledger import Entry, chain, head_of
from raie.snapshots.manifest import shaping_params
from raie.snapshots.night import GENESIS_HASH, Night
from raie.snapshots.pointers import CARRIED

SETUP_DAYS = 60
GATES = ("interactions", "sequences", "encodings", "regions", "adapters", "metrics")
PARTS = ("setup_heldout", "newest_heldout", "forward")
FILES = {
    "accepted": ["interactions.parquet"],
    "backbone": ["backbone.json", "items.safetensors", "model.safetensors"],
    "decisions": ["assignments.parquet", "decisions.parquet", "edits.jsonl"],
    "histories": ["histories.parquet", "vocabulary.json"],
    "recommendations": ["recommendations.parquet"],
    "regions": ["regions.json", "regions.safetensors"],
}


@dataclass
class Writer:
    """Writes night after night: each follows the ledger and the lock file of the one before.

    Attributes
    ----------
    project : Path
        Checkout whose pipeline and params the nights claim to have run.
    code_commit : str
    rng : Generator
    head : str
        Hash of the ledger's last entry so far.
    outputs : mapping of str to str
        MD5 of the previous night's outputs by path.
    """

    project: Path
    code_commit: str
    rng: np.random.Generator
    head: str = GENESIS_HASH
    outputs: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._stages = yaml.safe_load((self.project / "dvc.yaml").read_text("utf-8"))["stages"]
        self._params = shaping_params(load_params(self.project / PARAMS_FILE))

    def write(self, invented: InventedNight, known: Mapping[str, str]) -> dict[str, str]:
        """Documents by path; ``known`` are MD5 of outputs that lie in the cache."""
        night = self._night(invented)
        entries = chain(self._records(invented, night), head=self.head)
        self.head = head_of(entries, head=self.head)
        metrics, training = self._metrics(invented), self._training(invented)
        gates = {**{name: self._gate(name) for name in GATES}, "promotion": self._promotion(invented.after)}
        body = {
            "night": asdict(night),
            "params": self._params,
            "artefacts": self._artefacts(invented),
            "gates": gates,
            "metrics": metrics,
            "training": training,
            "environment": {"lock_file": self._digest(), "machine": "x86_64", "python": "3.11"},
            "ledger_head": self.head,
        }
        outputs = {path: _md5(invented.snapshot, path) for path in self._outs()} | dict(known)
        documents = {
            "data/ledger.jsonl": "".join(canonical(entry) + "\n" for entry in entries),
            "data/manifest.json": _text({**body, "root_hash": document_digest(body)}),
            "data/metrics.json": _text(metrics),
            "data/training.json": _text(training),
            "data/night.json": _text(asdict(night)),
            **{f"data/gates/{name}.json": _text(gate) for name, gate in gates.items()},
            "dvc.lock": "".join(self._lock(outputs)),
            "data/inbox.dvc": _pointer(_md5(invented.snapshot, "data/inbox"), "inbox"),
            **{
                f"data/previous/{name}.dvc": _pointer(self.outputs[f"data/{name}"], name)
                for name in CARRIED
                if self.outputs
            },
        }
        self.outputs = outputs
        return documents

    def _night(self, invented: InventedNight) -> Night:
        kind = "nightly" if invented.previous else "construct"
        run, snapshot = f"{kind} {invented.snapshot}", invented.snapshot
        return Night(snapshot, snapshot, invented.previous, self.code_commit, self.head, run, kind)  # type: ignore[arg-type]

    def _records(self, invented: InventedNight, night: Night) -> Iterator[Entry]:
        digests = {name: self._digest() for name in invented.after.ids}
        for number, edit in enumerate(invented.edits, start=1):
            yield {
                "event": f"{night.snapshot}/{number:04d}",
                "snapshot": night.snapshot,
                "run": night.run,
                "code_commit": night.code_commit,
                "generation": night.generation,
                "date": night.date,
                "edit": edit.to_document(),
                "center_before": _center(invented.before, edit.region),
                "center_after": _center(invented.after, edit.region),
                "sequences_digest": digests.get(edit.region),
                "adapter_digest": digests.get(edit.region),
            }

    def _metrics(self, invented: InventedNight) -> dict[str, Any]:
        held = {part: self._part(invented.after) for part in PARTS[:2]}
        if invented.previous is None:
            return held
        champion = {part: self._part(invented.before) for part in PARTS[:2]}
        return {**held, "champion": champion, "forward": self._part(invented.before)}

    def _part(self, regions: RegionSet) -> dict[str, Any]:
        windows = self.rng.poisson(25, len(regions)) + 1
        shares = {"ambiguous_share": 0.01, "fallback_share": 0.05}
        by_region = {
            name: {**self._scores(), "windows": int(n)} for name, n in zip(regions.ids, windows, strict=True)
        }
        whole = {"windows": int(windows.sum()), "routed": self._scores(), "base": self._scores()}
        return {**shares, **whole, "regions": by_region}

    def _scores(self) -> dict[str, float]:
        recall = float(self.rng.uniform(0.1, 0.5))
        return {"ndcg_at_10": recall * float(self.rng.uniform(0.4, 0.7)), "recall_at_10": recall}

    def _training(self, invented: InventedNight) -> dict[str, Any]:
        touched = {edit.region for edit in invented.edits}
        return {
            name: {
                "losses": self.rng.uniform(3, 6, 3 if name in touched else 0).tolist(),
                "norm": {"max": float(self.rng.uniform()), "mean": float(self.rng.uniform())},
                "replayed": 30 * (name in touched),
                "steps": 6 * (name in touched),
                "trained": name in touched,
                "windows": 100 * (name in touched),
            }
            for name in invented.after.ids
        }

    def _gate(self, name: str) -> dict[str, Any]:
        expectation = {
            "column": "value",
            "expectation": "ExpectColumnValuesToBeBetween",
            "reason": "does not lie between 0 and 1",
            "severity": "critical",
            "success": True,
            "suite": f"{name}_values",
            "unexpected": 0,
        }
        counts = {"accepted": int(self.rng.poisson(1500)), "refused": 0}
        return {
            "gate": name,
            "passed": True,
            "headline": "16 checks passed",
            "counts": counts if name == "interactions" else {},
            "expectations": [expectation] * 16,
            "thresholds": {},
            "warnings": [],
        }

    def _promotion(self, regions: RegionSet) -> dict[str, Any]:
        check = {"candidate": 0.3, "champion": 0.3, "difference": 0.0, "high": None, "low": None}
        judged = {"judged": False, "max_loss": 0.1, "passed": True, "reason": "25 windows", "windows": 25}
        checks = [{**check, **judged, "name": f"retention of {name}"} for name in regions.ids]
        return {"promoted": True, "first": False, "k": 10, "headline": "promoted", "checks": checks}

    def _artefacts(self, invented: InventedNight) -> dict[str, dict[str, str]]:
        nights = date.fromisoformat(invented.snapshot) - FIRST
        start = FIRST - timedelta(days=SETUP_DAYS)
        days = [(start + timedelta(days=day)).isoformat() for day in range(SETUP_DAYS + nights.days + 1)]
        adapter = ("adapter_config.json", "adapter_model.safetensors")
        files = {
            **FILES,
            "adapters": [f"{name}/{file}" for name in invented.after.ids for file in adapter],
            "raw": [f"{day}.parquet" for day in days],
        }
        return {name: {file: self._digest() for file in files[name]} for name in sorted(files)}

    def _outs(self) -> list[str]:
        outs = [out for stage in self._stages.values() for out in stage["outs"]]
        return [out if isinstance(out, str) else next(iter(out)) for out in outs]

    def _lock(self, outputs: Mapping[str, str]) -> Iterator[str]:
        """A lock file as DVC lays it out."""
        carried = {
            f"data/previous/{name}": self.outputs.get(f"data/{name}", _md5("none", name)) for name in CARRIED
        }
        yield "schema: '2.0'\nstages:\n"
        for name, stage in self._stages.items():
            yield f"  {name}:\n    cmd: {' '.join(stage['cmd'].split())}\n    deps:\n"
            for path in stage["deps"]:
                yield _locked(path, outputs.get(path) or carried.get(path) or _md5("code", path))
            yield "    outs:\n"
            for out in stage["outs"]:
                path = out if isinstance(out, str) else next(iter(out))
                yield _locked(path, outputs[path])

    def _digest(self) -> str:
        return self.rng.bytes(32).hex()


def _center(regions: RegionSet, name: str) -> str | None:
    return region_digest(regions, name) if name in regions.ids else None


def _text(document: Any) -> str:
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


def _md5(*parts: str) -> str:
    """A digest that nothing has; of a folder where the last part looks like one."""
    digest = hashlib.md5(" ".join(parts).encode(), usedforsecurity=False).hexdigest()
    return digest if Path(parts[-1]).suffix else f"{digest}.dir"


def _locked(path: str, md5: str) -> str:
    return f"    - path: {path}\n      hash: md5\n      md5: {md5}\n      size: 1000\n"


def _pointer(md5: str, path: str) -> str:
    return f"outs:\n- path: {path}\n  hash: md5\n  md5: {md5}\n  size: 1000\n  nfiles: 1\n"
