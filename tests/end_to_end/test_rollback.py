"""Back to the first night as a new snapshot, provable like any other, from which the next night goes on."""

import json
import shutil

import numpy as np
import pytest
import yaml
from mlflow import MlflowClient

from raie.regions.regionset import RegionSet
from raie.snapshots.digests import folder_digests
from raie.snapshots.geometry import load_regions
from raie.snapshots.git import show
from raie.snapshots.history import edits_of, ledger_entries, manifest_of, metrics_of
from raie.snapshots.ledger import replay
from raie.snapshots.opened import open_output
from raie.snapshots.pointers import CARRIED, locked_outputs
from raie.snapshots.tags import list_snapshots
from tests.end_to_end.commands import git, run_raie
from tests.end_to_end.test_nights import dvc

pytestmark = pytest.mark.end_to_end

TARGET, NEWEST, BACK, NEXT = "2024-03-01", "2024-03-03", "2024-03-03-2", "2024-03-04"


@pytest.fixture(scope="module")
def operator(repository, tmp_path_factory):
    folder = shutil.copytree(repository, tmp_path_factory.mktemp("back") / "project", symlinks=True)
    done = run_raie(folder, "snapshot", "rollback", TARGET)
    assert (done.returncode, done.stdout) == (0, f"snapshot/{BACK}\n"), done.stderr
    done = run_raie(folder, "nightly", "--date", NEXT)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def regions_of(operator, snapshot):
    return load_regions(open_output(operator, snapshot, "regions"))


def test_what_serves_is_the_earlier_state_and_what_was_accepted_since_stays(operator):
    for name in ("adapters", "regions/memory", "regions/pool"):
        output, _, part = name.partition("/")
        then, after = (folder_digests(open_output(operator, each, output) / part) for each in (TARGET, BACK))
        assert then == after
    for name in ("raw", "histories/histories.parquet", "backbone"):
        before, after = (manifest_of(operator, each)["artefacts"] for each in (NEWEST, BACK))
        output, _, file = name.partition("/")
        assert (before[output][file] if file else before[output]) == (
            after[output][file] if file else after[output]
        )
    then, after = regions_of(operator, TARGET), regions_of(operator, BACK)
    assert then.ids == after.ids
    for name, array in then.to_arrays().items():
        assert np.array_equal(array, after.to_arrays()[name]), name


def test_the_run_says_what_it_is(operator):
    night = manifest_of(operator, BACK)["night"]
    assert (night["kind"], night["previous"], night["restored"]) == ("restore", NEWEST, TARGET)
    verdict = manifest_of(operator, BACK)["gates"]["promotion"]
    assert verdict["promoted"] and verdict["headline"].startswith(f"all rolled back to {TARGET} by decision")
    assert metrics_of(operator, BACK)["champion"] == {
        name: scores
        for name, scores in metrics_of(operator, NEWEST).items()
        if name in ("setup_heldout", "newest_heldout")
    }
    summary = json.loads((operator / "reports" / BACK / "summary.json").read_text())
    assert f"All regions rolled back to {TARGET}" in summary["headline"]


def test_the_chain_of_pointers_and_the_ledger_read_on(operator):
    assert list_snapshots(operator)[-3:] == [NEWEST, BACK, NEXT]
    locks = {
        name: locked_outputs(show(operator, f"snapshot/{name}", "dvc.lock")) for name in (TARGET, NEWEST)
    }
    for folder, origin, names in (
        ("previous", NEWEST, CARRIED),
        ("restored", TARGET, ("regions", "adapters")),
    ):
        for name in names:
            pointer = yaml.safe_load(show(operator, f"snapshot/{BACK}", f"data/{folder}/{name}.dvc"))
            assert pointer["outs"][0]["md5"] == locks[origin][f"data/{name}"]["md5"]
    for snapshot in list_snapshots(operator):
        stored, entries = regions_of(operator, snapshot), ledger_entries(operator, as_of=snapshot)
        rebuilt = replay(entries, RegionSet.empty(stored.dim))
        assert rebuilt.to_document() == stored.to_document()
        for name, array in stored.to_arrays().items():
            assert np.array_equal(rebuilt.to_arrays()[name], array), name
    assert {edit.operation for edit in edits_of(operator, BACK)} <= {"rollback", "retire"}


def test_the_next_night_starts_from_there_and_the_alias_follows(operator):
    assert manifest_of(operator, NEXT)["night"]["previous"] == BACK
    client = MlflowClient(f"sqlite:///{operator}/mlflow.db")
    versions = client.search_model_versions("name='raie'")
    assert {BACK, NEXT} <= {version.tags["snapshot"] for version in versions}
    assert client.get_model_version_by_alias("raie", "champion").tags["snapshot"] == NEXT


def test_a_rollback_is_reproduced_bit_for_bit(operator, tmp_path):
    then = tmp_path / "then"
    git(operator, "worktree", "add", "--quiet", "--detach", str(then), f"snapshot/{BACK}")
    dvc(then, "cache", "dir", "--local", str(operator / ".dvc" / "cache"))
    dvc(then, "checkout", "--quiet")
    for name in ("edit", "adapt", "promote"):
        assert "Running stage" in dvc(then, "repro", "--force", "--single-item", name)
    assert git(then, "status", "--porcelain") == ""


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ((NEXT,), f"{NEXT} is the newest snapshot"),
        (("2024-02-01",), "no snapshot 2024-02-01"),
        ((TARGET, "--region", "r0099"), f"no region r0099 in snapshot {TARGET}"),
    ],
)
def test_no_way_back_is_one_line(operator, arguments, line):
    before = git(operator, "for-each-ref")
    done = run_raie(operator, "snapshot", "rollback", *arguments)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith(f"raie: {line}") and done.stderr.count("\n") == 1
    assert git(operator, "for-each-ref") == before
