"""A repository whose pipeline is three shell lines: what flows do is the same, what stages do is nothing."""

import json
import shutil

import pytest
import yaml
from prefect.testing.utilities import prefect_test_harness

from flows.construct import construct
from raie.gates.judgement import Judgement
from raie.snapshots.git import git
from raie.snapshots.pointers import CARRIED
from tests.flows.pipeline import DVC, PARAMS, STAGES

GENESIS = "2024-02-29"


@pytest.fixture(scope="session")
def prefect():
    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture
def judgements(monkeypatch):
    """What the gates find wrong from here on, by gate; they were asked in the order of ``asked``."""

    class Judgements(dict):
        asked = []

    found = Judgements()
    found.asked = []

    def judge(gate, worktree):
        found.asked.append(gate)
        refusals = (found[gate],) if gate in found else ()
        return Judgement(gate, (), refusals, (), {}, {})

    monkeypatch.setattr("flows.stages.judge_artefact", judge)
    return found


@pytest.fixture(scope="session")
def made(prefect, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        small(patch)
        patch.setattr(
            "flows.stages.judge_artefact", lambda gate, worktree: Judgement(gate, (), (), (), {}, {})
        )
        root = make_repository(tmp_path_factory.mktemp("made") / "operator")
        assert construct(root) == GENESIS
    return root


@pytest.fixture
def constructed(made, tmp_path, monkeypatch, judgements):
    """The repository after genesis."""
    small(monkeypatch)
    return shutil.copytree(made, tmp_path / "operator", symlinks=True)


def small(patch):
    """Three stages, one gate, and nothing of this machine's git configuration."""
    patch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    patch.setattr("flows.stages.STAGES", STAGES)
    patch.setattr("flows.stages.GATES", {"promote": "metrics"})
    patch.setattr("flows.construct.genesis_date", lambda root: GENESIS)


def make_repository(root):
    write(root / ".dvc/config", "[core]\n    analytics = false\n")
    write(root / ".dvc/.gitignore", "/config.local\n/tmp\n/cache\n")
    write(root / "dvc.yaml", yaml.safe_dump(DVC, sort_keys=False))
    write(root / "params.yaml", yaml.safe_dump(PARAMS))
    ignored = [f"/data/{name}" for name in ("inbox", "quarantine", *CARRIED)]
    ignored += [f"/data/{folder}/{name}" for folder in ("previous", "restored") for name in CARRIED]
    ignored += ["/.raie", "/reports", "/mlflow.db", "/mlruns"]
    write(root / ".gitignore", "\n".join(ignored) + "\n")
    for name in ("inbox", "gates", "previous"):
        write(root / "data" / name / ".gitkeep", "")
    git(root, "init", "--quiet", "--initial-branch", "main")
    git(root, "add", "--all")
    git(root, "add", "--force", "data/inbox/.gitkeep")
    git(root, "commit", "--quiet", "-m", "first")
    write(root / "data/inbox/genesis.parquet", "no table, and nobody reads it")
    return root


def write(file, text):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def deliver(root, name, text="rows"):
    write(root / "data/inbox" / name, text)


def summary_of(root, date):
    return json.loads((root / "reports" / date / "summary.json").read_text())
