"""``raie snapshot verify`` as it is typed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from raie.archive.archive import open_archive
from raie.snapshots.history import manifest_of
from tests.proofs.smallchain import GENESIS, NEWEST
from tests.proofs.tampering import cached_file, flip

ROOT = Path(__file__).parents[2]


@pytest.fixture
def verified(root):
    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-P", "-m", "raie.cli", "snapshot", "verify", *arguments],
            cwd=root,
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_what_was_checked_is_said(verified, root):
    done = verified()
    assert (done.returncode, done.stderr) == (0, "")
    first, *rest = done.stdout.splitlines()
    assert first == f"snapshot/{NEWEST}: ok"
    for words in (manifest_of(root, NEWEST)["root_hash"], "3 snapshots, 9 entries", "bytes rehashed"):
        assert any(words in line for line in rest)


def test_what_was_not_checked_is_said(verified, root):
    assert "artefacts  not rehashed (--git-only)" in verified("--git-only").stdout
    trust = "no witness was kept here: the newest tag is taken on trust (--expect ROOT_HASH)"
    assert trust in verified("--git-only").stdout
    assert "on trust" not in verified("--git-only", "--expect", manifest_of(root, NEWEST)["root_hash"]).stdout
    open_archive(root)
    assert "on trust" not in verified("--git-only").stdout


def test_a_mismatch_is_one_line_and_exit_1(verified, root):
    path = flip(cached_file(root, NEWEST, "data/raw", f"{GENESIS}.parquet"))
    done = verified()
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"raie: snapshot/{NEWEST}: MD5 of data/raw/{GENESIS}.parquet should be ")
    assert path.parent.name + path.name[:10] in line


def test_programs_get_json_either_way(verified, root):
    said = json.loads(verified(NEWEST, "--all", "--json").stdout)
    assert (
        said["ok"] and said["snapshots"] == 3 and said["root_hash"] == manifest_of(root, NEWEST)["root_hash"]
    )
    done = verified("--expect", "0" * 12, "--json")
    said = json.loads(done.stdout)
    assert done.returncode == 1 and not said["ok"] and said["where"] == f"snapshot/{NEWEST}"


@pytest.mark.parametrize(
    "arguments", [("2020-01-01",), ("../x",), ("--expect", "abc"), ("candidate/x",), ("--all", "--git-only")]
)
def test_what_cannot_be_asked_is_exit_2(verified, arguments):
    done = verified(*arguments)
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1
