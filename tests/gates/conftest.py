import shutil
from types import SimpleNamespace

import pytest

from raie.gates.artefacts import judge_artefact
from tests.gates.worktrees import N_ITEMS, Worktree, interactions

START = 1_709_000_000


@pytest.fixture(scope="session")
def sound(tmp_path_factory):
    """A sound work tree of each kind, to be copied: genesis, a night, a night without events, a retrain."""
    folder = tmp_path_factory.mktemp("sound")
    setup, night = interactions(N_ITEMS, START, steps=10), interactions(N_ITEMS + 1, START + 10_000, steps=3)
    genesis = Worktree(folder / "construct", "construct", setup)
    Worktree(folder / "nightly", "nightly", night, genesis)
    Worktree(folder / "empty", "nightly", night[:0], genesis)
    Worktree(folder / "retrain", "retrain", interactions(N_ITEMS + 1, START, steps=12), genesis)
    return folder


@pytest.fixture
def copied(sound, tmp_path):
    """Copy a sound work tree by its kind, to be spoilt."""

    def copy(kind="nightly"):
        return shutil.copytree(sound / kind, tmp_path / kind)

    return copy


@pytest.fixture
def spoilt(copied):
    """Spoil a copy and judge it; tells which expectations failed, by column, and the judgement."""

    def judge(gate, kind, spoil):
        worktree = copied(kind)
        spoil(worktree)
        judgement = judge_artefact(gate, worktree)
        failed = {rule_of(record) for record in judgement.expectations if not record["success"]}
        return SimpleNamespace(judgement=judgement, failed=failed)

    return judge


def rule_of(record):
    """What tells one rule of a gate from all others."""
    return record["suite"], record["column"], record["expectation"]
