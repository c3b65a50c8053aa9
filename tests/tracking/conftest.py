"""A repository with two snapshots and a refused candidate, their outputs in DVC's cache, and its MLflow."""

import json
import shutil
from pathlib import Path

import mlflow
import numpy as np
import pytest

from raie.edits.edit import Edit
from raie.snapshots.dvc import dvc
from raie.snapshots.git import git
from raie.snapshots.ledger import chain, head_of, write_entries
from raie.snapshots.manifest import build_manifest
from raie.snapshots.night import GENESIS_HASH
from raie.snapshots.tags import tag_candidate, tag_snapshot
from raie.tracking.store import make_quiet, open_store
from raie.tracking.track import track
from tests.smallsnapshot import run_stage, write_artefacts, write_params

ROOT = Path(__file__).parents[2]
FIRST, SECOND, CANDIDATE = "snapshot/2024-03-01", "snapshot/2024-03-02", "candidate/2024-03-03"
TAGS = [FIRST, SECOND, CANDIDATE]
OUTPUTS = ("raw", "histories", "backbone", "regions", "adapters", "recommendations")
TRAINED = {"trained": True, "windows": 40, "replayed": 12, "steps": 6, "norm": {"max": 0.5, "mean": 0.25}}
KEPT = {"trained": False, "windows": 3, "norm": {"max": 0.125, "mean": 0.0625}}
TRAINING = {
    "r0001": {**TRAINED, "losses": [3.5, 3.25, 3.0]},
    "r0002": KEPT,
    "r0003": {**TRAINED, "losses": [2.5, 2.0]},
}
METRICS = {
    "setup_heldout": {
        "windows": 40,
        "routed": {"recall_at_10": 0.25},
        "regions": {"r0001": {"windows": 30, "recall_at_10": 0.5}, "r0002": {"windows": 10}},
    },
    "champion": {"newest_heldout": {"regions": {"r0001": {"recall_at_10": 0.75}}}},
    "forward": {"windows": 0, "note": "none", "flag": True},
}
EDITS = [("update", "r0001", 30), ("expand", "r0001", 10), ("update", "r0003", 40), ("update", "r0002", 3)]


def promotion(promoted):
    check = {
        "name": "newest held-out",
        "windows": 90,
        "champion": 0.5,
        "candidate": 0.25,
        "difference": -0.25,
    }
    check |= {"low": -0.5, "high": -0.125, "max_loss": 0.01, "passed": promoted, "judged": True, "reason": ""}
    headline = "no loss beyond chance" if promoted else "newest held-out: recall@10 fell by 0.25"
    verdict = {"promoted": promoted, "headline": headline, "first": False, "confidence": 0.95, "k": 10}
    unjudged = {"name": "retention", "low": None, "high": None, "windows": 2, "judged": False, "passed": True}
    return verdict | {"checks": [check, unjudged]}


def write_documents(root, date, *, previous, kind, promoted, params, training):
    """What the stages of a run leave for git, beside the outputs."""
    data, head = root / "data", GENESIS_HASH
    (data / "gates").mkdir(exist_ok=True)
    interactions = {"gate": "interactions", "passed": True, "counts": {"rows": 9, "refused_share": 0.125}}
    interactions["warnings"] = ["a file that was known already"]
    gates = {"interactions": interactions, "promotion": promotion(promoted)}
    for name, gate in gates.items():
        (data / "gates" / f"{name}.json").write_text(json.dumps(gate, indent=2) + "\n")
    (data / "gates.html").write_text(f"<title>{date}</title>\n")
    edits = [Edit(op, region, (), 1.0, np.ones(2), 1.0, 0.5, n) for op, region, n in EDITS]
    entries = chain([{"date": date, "edit": edit.to_document()} for edit in edits], head=head)
    write_entries(data / "ledger.jsonl", entries)
    (data / "training.json").write_text(json.dumps(training))
    (data / "metrics.json").write_text(json.dumps(METRICS))
    night = {"snapshot": date, "date": date, "previous": previous, "run": f"{kind} {date}", "kind": kind}
    manifest = build_manifest(
        night={**night, "generation": 1, "code_commit": git(root, "rev-parse", "HEAD")},
        params=params,
        folders={name: data / name for name in OUTPUTS},
        documents={"gates": gates, "metrics": METRICS, "training": training},
        lock_file=ROOT / "requirements.lock",
        ledger_head=head_of(entries, head=head),
    )
    (data / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    (root / "dvc.lock").write_text(f"schema: '2.0'\nstages: {{}} # {date}\n")


def tag_run(root, date, *, previous=None, kind="nightly", promoted=True, params, training=TRAINING):
    write_documents(
        root, date, previous=previous, kind=kind, promoted=promoted, params=params, training=training
    )
    keep = tag_snapshot if promoted else tag_candidate
    tracked = ["data", "dvc.lock", "params.yaml"]
    keep(root, snapshot=date, previous=previous, tracked=tracked, message=f"Snapshot {date}")


@pytest.fixture(scope="session")
def original(tmp_path_factory):
    """The repository with its three tags and a store that is still empty; it is copied, never used."""
    root = tmp_path_factory.mktemp("original") / "repository"
    (root / "data").mkdir(parents=True)
    git(root, "init", "--quiet", "--initial-branch", "main")
    dvc(root, "init", "--quiet")
    (root / "dvc.yaml").write_text("stages: {}\n")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "first")
    params = write_params(root)
    write_artefacts(root / "data")
    run_stage(root)
    dvc(root, "add", "--quiet", *(f"data/{name}" for name in OUTPUTS))
    untouched = dict.fromkeys(TRAINING, KEPT)
    tag_run(root, "2024-03-01", kind="construct", params=params, training=untouched)
    tag_run(root, "2024-03-02", previous="2024-03-01", params=params)
    tag_run(root, "2024-03-03", previous="2024-03-02", promoted=False, params=params)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        make_quiet()
        # making the tables takes seconds: once; the experiment would keep this folder's path
        mlflow.MlflowClient(tracking_uri=f"sqlite:///{root / 'mlflow.db'}").search_experiments()
    return root


def copied(original, folder):
    shutil.copytree(original, folder, symlinks=True)
    return folder


@pytest.fixture
def repository(original, tmp_path, monkeypatch):
    """A copy of the repository to work in."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return copied(original, tmp_path / "repository")


@pytest.fixture(scope="session")
def tracked(original, tmp_path_factory):
    """A copy whose tags are all recorded, from a folder that is not its root; it is only read."""
    root = tmp_path_factory.mktemp("tracked")
    repository, elsewhere = copied(original, root / "repository"), root / "elsewhere"
    elsewhere.mkdir()
    plot = root / "regions.png"
    plot.write_bytes(b"a picture")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        patch.chdir(elsewhere)
        for tag in TAGS:
            track(repository, tag, seconds={"ingest": 1.5, "edit": 2.0}, plots=[plot])
        assert list(elsewhere.iterdir()) == []
    return repository


@pytest.fixture
def store(tracked, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return open_store(tracked)


def runs_of(store):
    """Run of each tag."""
    runs = store.client.search_runs([store.experiment], "tags.tag LIKE '%/%'")
    return {run.data.tags["tag"]: run for run in runs}


def children_of(store, run):
    """Runs of regions below a run, by region."""
    below = store.client.search_runs([store.experiment], f"tags.`mlflow.parentRunId` = '{run.info.run_id}'")
    return {child.data.tags["region"]: child for child in below}


def artifacts_of(run):
    return Path(run.info.artifact_uri.removeprefix("file://"))
