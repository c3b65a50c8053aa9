"""Single files out of the cache: the very bytes that DVC gives, and nothing that is not at hand."""

import shutil
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import yaml

from raie.exceptions import MissingError
from raie.snapshots.cached import cached_file, cached_files, files_of
from raie.snapshots.copies import opened_folder
from raie.snapshots.dvc import dvc
from raie.snapshots.git import git
from raie.snapshots.opened import open_output
from raie.snapshots.tags import tag_snapshot

FIRST, SECOND = "2024-03-01", "2024-03-02"
DEEP, FLAT = "data/regions/memory/regions.npy", "data/decisions/decisions.parquet"
OUTS = ["data/decisions", "data/regions", {"data/metrics.json": {"cache": False}}]


def write(root, text):
    for path in (DEEP, FLAT, "data/decisions/other", "data/metrics.json"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(f"{path} {text}")


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """Two snapshots whose outputs DVC itself took into its cache."""
    root = tmp_path_factory.mktemp("stored")
    git(root, "init", "--quiet", "--initial-branch", "main")
    dvc(root, "init", "--quiet")
    stages = {"make": {"cmd": "true", "outs": OUTS[1:]}, "decide": {"cmd": "true", "outs": OUTS[:1]}}
    stages["decide"]["deps"] = ["data/regions"]
    (root / "dvc.yaml").write_text(yaml.safe_dump({"stages": stages}))
    (root / ".gitignore").write_text("/data/decisions\n/data/regions\n/.raie\n")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "first")
    for snapshot, previous in ((FIRST, None), (SECOND, FIRST)):
        write(root, snapshot)
        dvc(root, "commit", "--force", "--quiet")
        tracked = ["data", "dvc.lock"]
        tag_snapshot(root, snapshot=snapshot, previous=previous, tracked=tracked, message=snapshot)
    return root


@pytest.fixture
def copied(stored, tmp_path):
    """A copy to spoil, in which nothing was opened."""
    return shutil.copytree(stored, tmp_path / "copied", ignore=shutil.ignore_patterns(".raie"))


def test_files_are_those_that_dvc_opens(stored):
    found = cached_files(stored, [FIRST, SECOND], DEEP, FLAT)
    assert set(found) == {(snapshot, path) for snapshot in (FIRST, SECOND) for path in (DEEP, FLAT)}
    for (snapshot, path), file in found.items():
        _, output, name = path.split("/", 2)
        assert file.is_relative_to(stored / ".dvc" / "cache")
        assert file.read_bytes() == (open_output(stored, snapshot, output) / name).read_bytes()
        assert file.read_text() == f"{path} {snapshot}"


def test_two_readers_may_open_one_output_at_once(copied):
    """Both fetch, one settles first: the other takes what is there."""
    everybody = threading.Barrier(4)

    def read(_):
        everybody.wait()
        return (open_output(copied, FIRST, "regions") / DEEP.removeprefix("data/regions/")).read_text()

    with ThreadPoolExecutor(4) as readers:
        assert set(readers.map(read, range(4))) == {f"{DEEP} {FIRST}"}
    assert [path.name for path in opened_folder(copied, FIRST, "regions").parent.iterdir()] == ["regions"]


def test_what_no_snapshot_holds_is_left_out(stored):
    assert cached_file(stored, FIRST, "data/regions/nothing") is None
    assert cached_file(stored, FIRST, "data/nothing/at/all") is None
    assert cached_file(stored, FIRST, "data/regions/../../dvc.yaml") is None
    assert cached_file(stored, "2024-03-09", FLAT) is None


def test_a_configured_cache_is_used(copied):
    (copied / ".dvc" / "cache").rename(copied / "elsewhere")
    assert cached_file(copied, FIRST, FLAT) is None
    with pytest.raises(MissingError, match=f"{FIRST}: {DEEP} is not in the cache: set the remote"):
        files_of(copied, FIRST, DEEP, FLAT)
    (copied / ".dvc" / "config.local").write_text("[cache]\n    dir = ../elsewhere\n")
    assert files_of(copied, FIRST, DEEP, FLAT)[FLAT].read_text() == f"{FLAT} {FIRST}"


def test_a_remote_gives_what_the_cache_lacks(copied):
    (copied / ".dvc" / "cache").rename(copied / "remote")
    dvc(copied, "remote", "add", "--local", "--default", "there", str(copied / "remote"))
    assert cached_file(copied, SECOND, DEEP) is None
    assert files_of(copied, SECOND, DEEP)[DEEP].read_text() == f"{DEEP} {SECOND}"
    with pytest.raises(MissingError, match="holds no data/regions/nothing: another version made it"):
        files_of(copied, SECOND, "data/regions/nothing")


def test_a_damaged_listing_is_as_good_as_none(copied):
    for listing in (copied / ".dvc" / "cache").rglob("*.dir"):
        listing.chmod(0o644)
        listing.write_text('[{"relpath": 1}]')
    assert cached_files(copied, [FIRST, SECOND], DEEP, FLAT) == {}
