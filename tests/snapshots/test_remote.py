"""Outputs go to the default remote; what a failed push left out goes with the next one."""

import subprocess
import sys

import pytest

from raie.exceptions import TransientError
from raie.snapshots.dvc import dvc, stage_environment
from raie.snapshots.git import git
from raie.snapshots.remote import UNPUSHED, note_unpushed, push_outputs

ADD = [sys.executable, "-m", "dvc", "add", "--quiet", "thing"]


@pytest.fixture
def project(repository):
    """The repository as a DVC project that knows a remote, whose folder may be missing."""
    (repository / ".dvc").mkdir()
    (repository / ".dvc/config").write_text("[core]\n    analytics = false\n    remote = kept\n")
    (repository / ".dvc/.gitignore").write_text("/tmp\n/cache\n/config.local\n")
    (repository / ".raie").mkdir()
    (repository / ".gitignore").write_text("/.raie\n/thing\n")
    set_remote(repository, repository.parent / "remote")
    return repository


def set_remote(project, folder):
    (project / ".dvc/config.local").write_text(f"['remote \"kept\"']\n    url = {folder}\n")


def make(project, name):
    """A snapshot's output, tagged."""
    (project / "thing").write_text(name)
    subprocess.run(ADD, cwd=project, env=stage_environment(), check=True)
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "-m", name)
    git(project, "tag", f"snapshot/{name}")


def stored(folder):
    return sorted(file.read_text() for file in folder.rglob("*") if file.is_file())


def test_outputs_are_copied_to_the_remote(project, tmp_path):
    make(project, "one")
    assert push_outputs(project, project, "one")
    assert stored(tmp_path / "remote") == ["one"]
    assert not (project / UNPUSHED).exists()


def test_a_run_killed_behind_its_tag_is_pushed_with_the_next(project, tmp_path):
    note_unpushed(project, "one")
    make(project, "one")
    make(project, "two")
    assert push_outputs(project, project, "two")
    assert stored(tmp_path / "remote") == ["one", "two"]
    assert not (project / UNPUSHED).exists()


def test_without_a_remote_there_is_nothing_to_do(project):
    (project / ".dvc/config").write_text("[core]\n    analytics = false\n")
    make(project, "one")
    assert not push_outputs(project, project, "one")
    assert not (project / UNPUSHED).exists()


def test_what_a_failed_push_left_out_goes_with_the_next_one(project, tmp_path):
    (tmp_path / "file").touch()
    set_remote(project, tmp_path / "file" / "no-folder")
    for name in ("one", "two"):
        make(project, name)
        with pytest.raises(TransientError, match="dvc push.*: ERROR: .*dvc push --all-tags"):
            push_outputs(project, project, name)
    set_remote(project, tmp_path / "remote")
    make(project, "three")
    worktree = tmp_path / "worktree"
    git(project, "worktree", "add", "--quiet", "--detach", str(worktree), "snapshot/three")
    (worktree / ".dvc/config.local").write_text((project / ".dvc/config.local").read_text())
    dvc(worktree, "cache", "dir", "--local", str(project / ".dvc/cache"))
    assert push_outputs(project, worktree, "three")
    assert stored(tmp_path / "remote") == ["one", "three", "two"]
    assert not (project / UNPUSHED).exists()


def test_a_second_try_of_one_push_copies_no_more_than_its_own(project, tmp_path):
    make(project, "one")
    make(project, "two")
    (project / UNPUSHED).write_text("two\n")
    assert push_outputs(project, project, "two")
    assert stored(tmp_path / "remote") == ["two"]
