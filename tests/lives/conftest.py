"""The story's snapshots with data to tell of."""

import pytest

from raie.archive.archive import open_archive
from tests.toldstory import tag_story


@pytest.fixture
def told(repository, ledgers, tmp_path):
    return tag_story(repository, ledgers, tmp_path)


@pytest.fixture
def archive(told):
    return open_archive(told)
