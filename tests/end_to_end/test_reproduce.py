"""A fresh clone with a DVC remote and nothing else makes a night again, or says what differs."""

import json
import shutil
import subprocess
import sys

import pytest
import yaml

from tests.end_to_end.commands import environment_of, git, run_raie

pytestmark = pytest.mark.end_to_end

NIGHT, CHANGED = "2024-03-02", "2024-03-09"
IDENTITY = ("-c", "user.name=tests", "-c", "user.email=tests@localhost")


def dvc(repository, *arguments):
    command = [sys.executable, "-m", "dvc", *arguments]
    subprocess.run(command, cwd=repository, env=environment_of(repository, alone=True), check=True)


@pytest.fixture(scope="module")
def clone(repository, tmp_path_factory):
    """The clone, beside its remote ``kept``; it does not know it yet."""
    folder = tmp_path_factory.mktemp("clone")
    origin = shutil.copytree(repository, folder / "origin", symlinks=True)
    dvc(origin, "remote", "add", "--local", "--default", "kept", str(folder / "kept"))
    dvc(origin, "push", "--quiet", "--all-tags")
    git(folder, "clone", "--quiet", str(origin), str(folder / "clone"))
    shutil.rmtree(origin)
    return folder / "clone"


def tag_with_other_params(clone):
    """A tag that claims the night came of a learning rate that it did not come of."""
    git(clone, "checkout", "--quiet", "--detach", f"snapshot/{NIGHT}")
    params = yaml.safe_load((clone / "params.yaml").read_text())
    params["adapters"]["learning_rate"] *= 4
    (clone / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
    git(clone, *IDENTITY, "commit", "--quiet", "--message", "forged", "params.yaml")
    git(clone, *IDENTITY, "tag", "--annotate", f"snapshot/{CHANGED}", "--message", "forged")
    git(clone, "checkout", "--quiet", "main")


def test_a_clone_reproduces_a_night_bit_for_bit_and_says_what_differs(clone):
    refused = run_raie(clone, "snapshot", "reproduce", NIGHT)
    assert refused.returncode == 2 and "dvc remote add" in refused.stderr.splitlines()[-1]

    # only now, by a relative path: no tag knows it
    dvc(clone, "remote", "add", "--quiet", "--default", "kept", "../kept")
    made = run_raie(clone, "snapshot", "reproduce", NIGHT)
    assert made.returncode == 0, made.stdout + made.stderr
    manifest = json.loads(git(clone, "show", f"snapshot/{NIGHT}:data/manifest.json"))
    first = made.stdout.splitlines()[0]
    assert first.startswith(f"snapshot/{NIGHT} bit-identical: ")
    assert first.endswith(f"root hash {manifest['root_hash'][:12]}")

    tag_with_other_params(clone)
    other = run_raie(clone, "snapshot", "reproduce", CHANGED, "--json")
    assert other.returncode == 1, other.stdout + other.stderr
    (document,) = json.loads(other.stdout)
    assert document["verdict"] == "differs"
    assert [each["output"] for each in document["differences"]][:2] == ["data/adapters", "data/training.json"]
    adapters = document["differences"][0]
    assert adapters["stage"] == "adapt" and adapters["compared"]
    assert adapters["largest"] > document["tolerance"] and 0 < adapters["differing"] < adapters["files"]

    # nothing is left of either, in the clone or beside it
    assert git(clone, "worktree", "list").count("\n") == 0
    assert git(clone, "status", "--porcelain") == "M .dvc/config"
