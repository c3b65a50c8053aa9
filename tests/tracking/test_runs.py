"""Tracking with MLflow itself, on a database file: one run per snapshot, with everything in it."""

import json
import shutil
from pathlib import Path

import mlflow
import pytest
import yaml

from raie.exceptions import UsageError
from raie.params import TrackingParams, load_params
from raie.snapshots.digests import folder_digests
from raie.tracking.runs import flatten, log_snapshot, tracking_address

ROOT = Path(__file__).parents[2]
METRICS = {
    "setup_heldout": {
        "windows": 40,
        "routed": {"recall_at_10": 0.25},
        "regions": {"r0001": {"windows": 40, "recall_at_10": 0.25}},
    },
    "forward": {"windows": 0, "note": "none", "flag": True},
}


def work_tree(folder, snapshot):
    """What a run's stages leave behind."""
    (folder / "data" / "gates").mkdir(parents=True)
    shutil.copyfile(ROOT / "params.yaml", folder / "params.yaml")
    night = {"snapshot": snapshot, "run": f"nightly {snapshot}"}
    (folder / "data" / "manifest.json").write_text(json.dumps({"night": night, "root_hash": "ab" * 32}))
    (folder / "data" / "metrics.json").write_text(json.dumps(METRICS))
    (folder / "data" / "ledger.jsonl").write_text("{}\n")
    (folder / "data" / "gates" / "interactions.json").write_text('{"passed": true}')
    (folder / "dvc.lock").write_text("schema: '2.0'\n")
    return folder


@pytest.fixture(scope="module")
def tracked(tmp_path_factory):
    """A repository whose two nights were logged from a folder that is not its root."""
    root = tmp_path_factory.mktemp("tracking")
    repository, elsewhere = root / "repository", root / "elsewhere"
    repository.mkdir()
    elsewhere.mkdir()
    before = mlflow.get_tracking_uri()
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        patch.chdir(elsewhere)
        for snapshot in ("2024-03-01", "2024-03-02"):
            log_snapshot(repository, work_tree(root / snapshot, snapshot), {"ingest": 1.5, "edit": 2.0})
        yield repository
        mlflow.set_tracking_uri(before)


@pytest.fixture
def runs(tracked):
    return mlflow.search_runs(experiment_names=["raie"], order_by=["start_time"], output_format="list")


def test_every_snapshot_is_one_finished_run(runs):
    assert [run.data.tags["snapshot"] for run in runs] == ["2024-03-01", "2024-03-02"]
    assert [run.info.run_name for run in runs] == ["nightly 2024-03-01", "nightly 2024-03-02"]
    assert {run.info.status for run in runs} == {"FINISHED"}
    assert {run.data.tags["root_hash"] for run in runs} == {"ab" * 32}
    assert mlflow.active_run() is None


def test_a_run_holds_every_parameter(runs):
    expected = flatten(load_params(ROOT / "params.yaml").model_dump())
    assert runs[0].data.params == {name: str(value) for name, value in expected.items()}


def test_a_run_holds_every_number_and_the_seconds(runs):
    assert runs[0].data.metrics == {
        "setup_heldout.windows": 40,
        "setup_heldout.routed.recall_at_10": 0.25,
        "setup_heldout.regions.r0001.windows": 40,
        "setup_heldout.regions.r0001.recall_at_10": 0.25,
        "forward.windows": 0,
        "seconds.ingest": 1.5,
        "seconds.edit": 2.0,
    }


def test_a_run_holds_the_documents_and_they_lie_inside_the_repository(tracked, runs):
    folders = [Path(run.info.artifact_uri.removeprefix("file://")) for run in runs]
    for folder, snapshot in zip(folders, ("2024-03-01", "2024-03-02"), strict=True):
        assert folder.is_relative_to(tracked / "mlruns")
        stored, written = folder_digests(folder), folder_digests(tracked.parent / snapshot)
        assert stored == {
            "manifest.json": written["data/manifest.json"],
            "metrics.json": written["data/metrics.json"],
            "ledger.jsonl": written["data/ledger.jsonl"],
            "gates/interactions.json": written["data/gates/interactions.json"],
            "dvc.lock": written["dvc.lock"],
        }
    assert (tracked / "mlflow.db").is_file()
    assert list((tracked.parent / "elsewhere").iterdir()) == []


def test_a_work_tree_with_bad_params_is_refused_before_anything_is_recorded(tracked, tmp_path, runs):
    bad = work_tree(tmp_path / "bad", "2024-03-03")
    (bad / "params.yaml").write_text(yaml.safe_dump({"tracking": {"uri": 3}}))
    with pytest.raises(UsageError, match="tracking.uri"):
        log_snapshot(tracked, bad, {})
    assert len(mlflow.search_runs(experiment_names=["raie"], output_format="list")) == len(runs)


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("sqlite:///mlflow.db", "sqlite:////repo/mlflow.db"),
        ("sqlite:///a/b.db", "sqlite:////repo/a/b.db"),
        ("sqlite:////srv/mlflow.db", "sqlite:////srv/mlflow.db"),
        ("http://localhost:5000", "http://localhost:5000"),
        ("postgresql://host/db", "postgresql://host/db"),
    ],
)
def test_a_relative_file_is_taken_inside_the_repository(monkeypatch, uri, expected):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert tracking_address(Path("/repo"), TrackingParams(uri=uri)) == expected


def test_the_environment_goes_before_the_params(monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://elsewhere")
    assert tracking_address(Path("/repo"), TrackingParams()) == "http://elsewhere"


def test_flattening_keeps_every_leaf():
    nested = {"a": {"b": 1, "c": {"d": [1, 2], "e": {}}}, "f": None}
    assert flatten(nested) == {"a.b": 1, "a.c.d": [1, 2], "f": None}
