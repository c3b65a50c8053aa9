"""Exit statuses and single lines of commands that need no snapshot."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEADER = "user_id,item_id,timestamp\n"
GOOD = "u1,i1,1709251200\n"


def raie(*arguments, cwd=ROOT):
    command = [sys.executable, "-m", "raie.cli", *map(str, arguments)]
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("name", "content", "status", "words"),
    [
        ("good.csv", HEADER + GOOD, 0, ("1 rows accepted",)),
        ("null.csv", HEADER + GOOD + "u2,,1709251201\n", 1, ("null.csv, line 3", "item_id", "missing")),
        ("twice.csv", HEADER + GOOD + GOOD, 0, ("1 rows accepted", "1 duplicates dropped")),
        ("column.csv", "user_id,timestamp\nu1,1\n", 1, ("column.csv", "'item_id'")),
        ("kind.xyz", "u1,i1,1\n", 1, ("'.xyz'",)),
        ("empty.csv", "", 1, ("empty.csv is empty",)),
    ],
)
def test_validate_says_no_in_one_line(tmp_path, name, content, status, words):
    (tmp_path / name).write_text(content)
    done = raie("data", "validate", tmp_path / name)
    assert done.returncode == status
    (line,) = (done.stdout + done.stderr).splitlines()
    for word in words:
        assert word in line


def test_outside_a_repository_the_remedy_is_named(tmp_path):
    done = raie("snapshot", "list", cwd=tmp_path)
    assert done.returncode == 2
    assert "is not inside a git repository" in done.stderr


def test_without_a_snapshot_the_next_command_is_named(tmp_path):
    for name in ("dvc.yaml", "params.yaml"):
        shutil.copyfile(ROOT / name, tmp_path / name)
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@localhost"]
    for arguments in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "-m", "x"]):
        subprocess.run([*git, *arguments], cwd=tmp_path, check=True)
    for arguments in (("recommend", "--user", "u1"), ("snapshot", "list"), ("history",)):
        done = raie(*arguments, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == (
            "raie: there is no snapshot yet: run raie construct; in a clone, git fetch --tags first\n"
        )
