"""A chain of three snapshots, made once and copied for every tampering."""

import shutil

import pytest

from tests.proofs.smallchain import make_chain


@pytest.fixture(scope="module")
def untouched(tmp_path_factory):
    """The chain as it was made; nobody may write to it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        yield make_chain(tmp_path_factory.mktemp("chain") / "repository")


@pytest.fixture
def root(untouched, tmp_path):
    """A copy to tamper with."""
    return shutil.copytree(untouched, tmp_path / "repository", symlinks=True)
