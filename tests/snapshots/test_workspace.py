"""A run's work tree: what the run is, from where it starts, and what becomes of it."""

import json
import shutil

import pytest
import yaml

from raie.exceptions import MissingError
from raie.snapshots.git import git, show
from raie.snapshots.pointers import CARRIED, locked_outputs
from raie.snapshots.tags import list_candidates, list_snapshots
from raie.snapshots.workspace import deliver, open_workspace

MAKE = "; ".join(f"mkdir -p data/{name} && cp -r data/inbox data/night.json data/{name}" for name in CARRIED)
MANIFEST = """printf '{"night": %s, "ledger_head": "head"}' "$(cat data/night.json)" > data/manifest.json"""
STAGES = {
    "make": {
        "cmd": f"{MAKE}; {MANIFEST}",
        "deps": ["data/inbox", "data/night.json"],
        "outs": [*(f"data/{name}" for name in CARRIED), {"data/manifest.json": {"cache": False}}],
    }
}


@pytest.fixture
def project(repository):
    """The repository with a pipeline of one stage."""
    (repository / ".dvc").mkdir()
    (repository / ".dvc/config").write_text("[core]\n    analytics = false\n")
    (repository / ".dvc/.gitignore").write_text("/tmp\n/cache\n/config.local\n")
    (repository / "dvc.yaml").write_text(yaml.safe_dump({"stages": STAGES}))
    ignored = ["/.raie", "/data/inbox", *(f"/data/{each}" for each in CARRIED)]
    ignored += [f"/data/{folder}/{each}" for folder in ("previous", "restored") for each in CARRIED]
    (repository / ".gitignore").write_text("\n".join(ignored) + "\n")
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "-m", "pipeline")
    (repository / "delivered.csv").write_text("rows")
    return repository


def run(project, date, kind, *, promoted=True, **decided):
    workspace = open_workspace(project, date, f"{kind} {date}", kind, **decided)
    deliver(workspace, [project / "delivered.csv"])
    workspace.stage("make")
    tag = workspace.tag(date) if promoted else workspace.tag_candidate(date)
    previous = workspace.path / "data/previous/raw/night.json"
    came_from = json.loads(previous.read_text())["snapshot"] if previous.exists() else None
    workspace.close()
    return tag, came_from


def night_of(project, tag):
    return json.loads(show(project, tag, "data/night.json"))


def test_nights_start_from_the_champion_and_generations_count(project):
    assert run(project, "2024-03-01", "construct") == ("snapshot/2024-03-01", None)
    assert run(project, "2024-03-02", "nightly", promoted=False) == ("candidate/2024-03-02", "2024-03-01")
    assert run(project, "2024-03-03", "retrain") == ("snapshot/2024-03-03", "2024-03-01")
    nights = [night_of(project, f"snapshot/{name}") for name in list_snapshots(project)]
    assert [(night["kind"], night["generation"]) for night in nights] == [("construct", 1), ("retrain", 2)]
    assert nights[1]["ledger_head"] == "head"
    assert list_candidates(project) == ["2024-03-02"]
    assert night_of(project, "candidate/2024-03-02")["generation"] == 1
    assert git(project, "worktree", "list").count("\n") == 0


def test_a_run_that_goes_back_finds_the_earlier_snapshots_outputs_beside_the_newest(project):
    for date, kind in (("2024-03-01", "construct"), ("2024-03-02", "nightly")):
        run(project, date, kind)
    for name, kind, held in (("2024-03-02-2", "restore", 2), ("2024-03-02-3", "erase", 5)):
        assert run(project, name, kind, restored="2024-03-01", erasure=["b", "a"])[0] == f"snapshot/{name}"
        night = night_of(project, f"snapshot/{name}")
        assert (night["date"], night["restored"], night["generation"]) == ("2024-03-02", "2024-03-01", 1)
        assert night["erasure"] == ["a", "b"]
        for folder, origin in (("previous", night["previous"]), ("restored", "2024-03-01")):
            listed = git(project, "ls-tree", "--name-only", f"snapshot/{name}:data/{folder}").splitlines()
            pointers = [each.removesuffix(".dvc") for each in listed]
            assert len(pointers) == (held if folder == "restored" else len(CARRIED))
            made = locked_outputs(show(project, f"snapshot/{origin}", "dvc.lock"))
            for each in pointers:
                pointer = yaml.safe_load(show(project, f"snapshot/{name}", f"data/{folder}/{each}.dvc"))
                assert pointer["outs"][0]["md5"] == made[f"data/{each}"]["md5"]
    assert list_snapshots(project)[-2:] == ["2024-03-02-2", "2024-03-02-3"]


def test_what_is_not_at_hand_is_said_and_no_work_tree_is_left(project):
    run(project, "2024-03-01", "construct")
    shutil.rmtree(project / ".dvc/cache")
    with pytest.raises(MissingError, match="data/previous/raw.dvc.* is in the cache, and no remote is set"):
        open_workspace(project, "2024-03-02", "nightly 2024-03-02", "nightly")
    assert not list((project / ".raie/worktrees").iterdir())
    assert git(project, "worktree", "list").count("\n") == 0


def test_a_work_tree_takes_the_operators_params_and_gives_nothing_back(project):
    (project / "params.yaml").write_text("evaluate: {k: 7}\n")
    workspace = open_workspace(project, "2024-03-01", "construct 2024-03-01", "construct")
    deliver(workspace, [project / "delivered.csv"])
    assert (workspace.path / "params.yaml").read_text() == "evaluate: {k: 7}\n"
    assert (workspace.path / "data/inbox/delivered.csv").read_text() == "rows"
    assert night_of(project, "HEAD") == {}
    assert not (project / "data/inbox").exists()


def test_what_a_killed_run_left_is_cleared_by_the_next(project):
    left = open_workspace(project, "2024-03-01", "construct 2024-03-01", "construct")
    (left.path / "data/half").write_text("written")
    again = open_workspace(project, "2024-03-01", "construct 2024-03-01", "construct")
    assert again.path == left.path and not (again.path / "data/half").exists()
    again.close()
    assert not again.path.exists()
