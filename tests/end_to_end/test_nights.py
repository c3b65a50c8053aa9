"""What must hold after genesis and nights through DVC, Prefect, Great Expectations and MLflow."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
import yaml

from raie.interactions.days import read_days
from raie.regions.regionset import RegionSet
from raie.snapshots.geometry import load_regions
from raie.snapshots.history import ledger_entries, manifest_of, metrics_of
from raie.snapshots.ledger import replay
from raie.snapshots.opened import open_output
from raie.snapshots.pointers import locked_dependency, locked_outputs
from raie.snapshots.tags import list_snapshots
from tests.end_to_end.commands import git, run_raie

pytestmark = pytest.mark.end_to_end

SNAPSHOTS = ["2024-02-29", "2024-03-01", "2024-03-02", "2024-03-03"]


def dvc(folder, *arguments):
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    environment["DVC_NO_ANALYTICS"] = "1"
    command = [sys.executable, "-m", "dvc", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_every_run_left_a_tag_on_the_chain_and_the_checkout_as_it_was(repository):
    assert list_snapshots(repository) == SNAPSHOTS
    for before, after in zip(SNAPSHOTS, SNAPSHOTS[1:], strict=False):
        parents = git(repository, "rev-list", "--parents", "-1", f"snapshot/{after}").split()[1:]
        assert parents == [git(repository, "rev-parse", name) for name in ("HEAD", f"snapshot/{before}^{{}}")]
    assert git(repository, "status", "--porcelain") == ""
    assert git(repository, "branch", "--show-current") == "main"
    assert git(repository, "worktree", "list").count("\n") == 0


def test_edit_starts_from_exactly_the_previous_region_set(repository):
    for before, after in zip(SNAPSHOTS, SNAPSHOTS[1:], strict=False):
        previous = locked_outputs(git(repository, "show", f"snapshot/{before}:dvc.lock"))
        lock = git(repository, "show", f"snapshot/{after}:dvc.lock")
        used = locked_dependency(lock, "edit", "data/previous/regions")
        assert used == previous["data/regions"]["md5"]


def test_replaying_the_ledger_gives_every_stored_region_set(repository):
    for snapshot in SNAPSHOTS:
        stored = load_regions(open_output(repository, snapshot, "regions"))
        rebuilt = replay(ledger_entries(repository, as_of=snapshot), RegionSet.empty(stored.dim))
        assert rebuilt.to_document() == stored.to_document()
        for name, array in stored.to_arrays().items():
            assert np.array_equal(rebuilt.to_arrays()[name], array), name


def test_an_untouched_adapter_keeps_its_bytes_and_a_trained_one_does_not(repository):
    for before, after in zip(SNAPSHOTS, SNAPSHOTS[1:], strict=False):
        training = manifest_of(repository, after)["training"]
        digests = [manifest_of(repository, name)["artefacts"]["adapters"] for name in (before, after)]
        for region, record in training.items():
            name = f"{region}/adapter_model.safetensors"
            if name in digests[0]:
                assert (digests[0][name] != digests[1][name]) == record["trained"]


def test_the_backbone_of_genesis_is_carried_over_byte_for_byte(repository):
    folders = [manifest_of(repository, name)["artefacts"]["backbone"] for name in SNAPSHOTS]
    assert len({folder["model.safetensors"] for folder in folders}) == 1
    assert len({folder["items.safetensors"] for folder in folders}) > 1


def test_no_accepted_event_is_lost_or_counted_twice(repository):
    raw = [
        len(
            pd.concat(
                pd.read_parquet(file) for file in open_output(repository, name, "raw").glob("*.parquet")
            )
        )
        for name in SNAPSHOTS
    ]
    new = [
        len(pd.read_parquet(open_output(repository, name, "accepted") / "interactions.parquet"))
        for name in SNAPSHOTS
    ]
    assert raw == np.cumsum(new).tolist()
    waiting = sorted(path.name for path in (repository / "data/inbox").glob("*.parquet"))
    assert waiting == ["2024-03-04.parquet"]


def test_a_snapshot_is_reproduced_bit_for_bit_from_a_clone(repository, tmp_path):
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(repository), str(clone))
    git(clone, "checkout", "--quiet", "snapshot/2024-03-02")
    dvc(clone, "remote", "add", "--local", "--default", "kept", str(tmp_path / "remote"))
    dvc(clone, "cache", "dir", "--local", str(repository / ".dvc" / "cache"))
    dvc(clone, "push", "--quiet")
    shutil.rmtree(clone / ".dvc" / "tmp")
    dvc(clone, "cache", "dir", "--local", str(clone / ".dvc" / "cache"))
    dvc(clone, "pull", "--quiet")
    assert "Running stage" not in dvc(clone, "repro")
    assert dvc(clone, "repro", "--force").count("Running stage") == 10
    assert git(clone, "status", "--porcelain") == ""


def test_metrics_params_and_data_can_be_compared_between_tags(repository):
    tags = [f"snapshot/{name}" for name in SNAPSHOTS[1:3]]
    assert "forward" in dvc(repository, "metrics", "diff", *tags, "--json")
    assert json.loads(dvc(repository, "params", "diff", *tags, "--json")) == {}
    assert "data/regions" in dvc(repository, "diff", *tags, "--json")


def test_each_run_is_in_mlflow(repository):
    client = mlflow.MlflowClient(f"sqlite:///{repository}/mlflow.db")
    runs = client.search_runs([client.get_experiment_by_name("raie").experiment_id])
    nights = {run.info.run_id: run.data for run in runs if "mlflow.parentRunId" not in run.data.tags}
    assert sorted(night.tags["snapshot"] for night in nights.values()) == SNAPSHOTS
    assert all("setup_heldout.routed.recall_at_10" in night.metrics for night in nights.values())
    regions = [run.data for run in runs if "mlflow.parentRunId" in run.data.tags]
    assert regions and {region.tags["mlflow.parentRunId"] for region in regions} <= set(nights)


def test_the_champion_is_the_newest_snapshot_and_answers_as_its_batch_did(repository, monkeypatch):
    client = mlflow.MlflowClient(f"sqlite:///{repository}/mlflow.db")
    assert len(client.search_model_versions("name = 'raie'")) == len(SNAPSHOTS)
    champion = client.get_model_version_by_alias("raie", "champion")
    assert champion.tags["snapshot"] == SNAPSHOTS[-1]
    # not set_tracking_uri, which every later command would inherit
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{repository}/mlflow.db")
    model = mlflow.pyfunc.load_model("models:/raie@champion")
    raw = read_days(open_output(repository, SNAPSHOTS[-1], "raw"))
    answered = model.predict(raw[["user_id", "item_id", "timestamp"]]).set_index("user_id")
    file = open_output(repository, SNAPSHOTS[-1], "recommendations") / "recommendations.parquet"
    stored = pd.read_parquet(file).set_index("user_id")
    assert set(answered.index) == set(stored.index)
    for user, items in stored["items"].items():
        assert list(answered.loc[user, "items"]) == list(items)


def test_recommendations_are_routed_and_explained(repository):
    file = open_output(repository, SNAPSHOTS[-1], "recommendations") / "recommendations.parquet"
    table = pd.read_parquet(file)
    regions = set(manifest_of(repository, SNAPSHOTS[-1])["training"])
    assert set(table["region"]) <= regions
    assert (table["adapter"] == table["region"].where(~table["fallback"], "")).all()
    user = str(table["user_id"].iloc[0])
    done = run_raie(repository, "recommend", "--user", user, "--k", "3", "--explain", "--json")
    rows = json.loads(done.stdout)
    assert [row["item_id"] for row in rows] == table["items"].iloc[0][:3].tolist()
    assert {"snapshot", "region", "runner_up", "angle", "margin", "fallback"} <= rows[0].keys()


def test_forward_metrics_judge_the_previous_snapshot_on_what_arrived(repository):
    forward = metrics_of(repository, SNAPSHOTS[-1])["forward"]
    assert forward["windows"] > 100
    assert "forward" not in metrics_of(repository, SNAPSHOTS[0])


def test_nights_are_compared_with_standing_still(repository):
    done = run_raie(repository, "experiment", "standing-still", "--json")
    result = json.loads(done.stdout)
    assert [night["snapshot"] for night in result["nights"]] == SNAPSHOTS[2:]
    for interval in result["recall"].values():
        assert interval["low"] <= interval["difference"] <= interval["high"]
    forward = metrics_of(repository, SNAPSHOTS[-1])["forward"]["routed"]["recall_at_10"]
    last = result["nights"][-1]["recall"]
    assert last["nights"] == pytest.approx(forward)
    assert last["adapters"] not in (last["nights"], last["genesis"])


def test_usage_errors_are_one_line_and_exit_2(repository):
    for arguments, words in (
        (("nightly", "--date", "2024-03-01"), "not after the newest snapshot"),
        (("nightly", "--date", "today"), "YYYY-MM-DD"),
        (("construct",), "there is a snapshot already"),
        (("recommend", "--user", "nobody"), "no history of user 'nobody'"),
        (("snapshot", "show", "2020-01-01"), "no snapshot 2020-01-01"),
        (("history", "--region", "r9999"), "no region r9999"),
    ):
        done = run_raie(repository, *arguments)
        assert done.returncode == 2, arguments
        lines = [line for line in done.stderr.splitlines() if line.startswith("raie: ")]
        assert len(lines) == 1 and words in lines[0]
        assert "Traceback" not in done.stderr


def test_a_stored_params_file_is_the_operators_own(repository):
    stored = yaml.safe_load(git(repository, "show", f"snapshot/{SNAPSHOTS[1]}:params.yaml"))
    assert stored == yaml.safe_load((repository / "params.yaml").read_text())
