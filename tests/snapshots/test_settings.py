"""Remotes and the cache mean the same folders in a work tree as in the checkout."""

import pytest
from dvc.config import Config

from raie.snapshots.settings import share_settings


@pytest.fixture
def checkout(repository):
    folder = repository / ".dvc"
    folder.mkdir()
    remote = "[core]\n    remote = store\n['remote \"store\"']\n    url = ../../store\n"
    (folder / "config").write_text(remote)
    return repository


def settings_in(root):
    return Config(str(root / ".dvc"))


def test_a_relative_remote_is_the_same_folder_from_elsewhere(checkout, tmp_path):
    worktree = tmp_path / "deep" / "down" / "worktree"
    worktree.mkdir(parents=True)
    share_settings(checkout, worktree)
    url = settings_in(worktree)["remote"]["store"]["url"]
    assert (worktree / ".dvc" / url).resolve() == (tmp_path / "store").resolve()
    assert settings_in(worktree)["core"]["remote"] == "store"


def test_the_cache_is_the_checkouts_unless_it_names_another(checkout, tmp_path):
    worktree = tmp_path / "worktree"
    worktree.mkdir()
    share_settings(checkout, worktree)
    assert settings_in(worktree)["cache"]["dir"] == str(checkout / ".dvc" / "cache")
    (checkout / ".dvc" / "config.local").write_text("[cache]\n    dir = ../../elsewhere\n")
    share_settings(checkout, worktree)
    named = worktree / ".dvc" / settings_in(worktree)["cache"]["dir"]
    assert named.resolve() == (tmp_path / "elsewhere").resolve()
