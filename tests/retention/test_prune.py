"""What is freed, and that nothing else is, by DVC itself."""

import json

import pytest

from raie.exceptions import MissingError
from raie.retention.holds import hold, release
from raie.retention.narrowed import SCRATCH
from raie.retention.prune import prune
from raie.snapshots.git import git
from raie.snapshots.opened import open_output
from raie.snapshots.pruned import read_pruned

FREED = ["snapshot/2024-01-20", "snapshot/2024-02-10", "candidate/2024-02-15"]
KEPT = ["snapshot/2024-01-10", "snapshot/2024-01-31", "snapshot/2024-02-20", "snapshot/2024-03-01"]


def refs(root):
    return git(root, "for-each-ref"), git(root, "status", "--porcelain"), git(root, "rev-parse", "HEAD")


def test_it_frees_just_what_no_kept_snapshot_needs(winter):
    root, git_before, before = winter.root, refs(winter.root), winter.sizes()
    planned = prune(root, keep_days=10, dry=True)
    assert planned.freed == FREED
    assert winter.sizes() == before

    (root / SCRATCH / "of a killed call").mkdir(parents=True, exist_ok=True)
    done = prune(root, keep_days=10, dry=False)
    after = winter.sizes()
    assert not list((root / SCRATCH).glob("*"))
    assert done.garbage == planned.garbage
    assert done.garbage.size == sum(before.values()) - sum(after.values())
    assert done.garbage.objects == len(before) - len(after) == 2 * len(FREED)
    assert [ref for ref in KEPT + FREED if winter.whole(ref)] == KEPT
    assert refs(root) == git_before
    assert set(read_pruned(root)) == set(FREED)
    with pytest.raises(MissingError, match=r"2024-01-20: data/raw was freed by raie snapshot prune"):
        open_output(root, "2024-01-20", "raw")
    assert (open_output(root, "2024-01-31", "raw") / "shared").read_text() == "everywhere"

    again = prune(root, keep_days=100, dry=True)
    assert again.freed == []
    assert again.garbage.objects == 0
    assert again.gone == set(FREED)


def test_holds_and_what_lies_in_the_checkout_stay(winter):
    root = winter.root
    hold(root, "2024-01-20", reason="audit")
    git(root, "tag", "release-1", "snapshot/2024-02-10")
    mine = {"outs": [{"md5": winter.keep_folder({"own": "nobody's but mine"}), "path": "mine"}]}
    (root / "mine.dvc").write_text(json.dumps(mine))
    lost = winter.keep(b"a killed run's")
    opened = root / ".raie" / "opened"
    for name in ("candidate/2024-02-15", "2024-03-01"):
        (opened / name / "regions").mkdir(parents=True)
        (opened / name / "regions" / "file").write_text("12345")

    done = prune(root, keep_days=10, dry=False)
    assert done.freed == ["candidate/2024-02-15"]
    assert winter.whole("snapshot/2024-01-20")
    assert winter.whole("snapshot/2024-02-10")
    assert winter.keep_folder({"own": "nobody's but mine"}) == mine["outs"][0]["md5"]
    names = {file.parent.name + file.name for file in winter.sizes()}
    assert mine["outs"][0]["md5"] in names
    assert lost not in names
    assert done.opened == 5
    assert not (opened / "candidate/2024-02-15").exists()
    assert (opened / "2024-03-01/regions/file").exists()

    release(root, "2024-01-20")
    assert prune(root, keep_days=10, dry=True).freed == ["snapshot/2024-01-20", "candidate/2024-02-15"]


def test_what_a_remote_lacks_is_pushed_before_it_is_freed(winter, tmp_path):
    root, remote = winter.root, tmp_path / "remote"
    remote.mkdir()
    (root / ".dvc/config.local").write_text(
        f"[core]\n    remote = there\n['remote \"there\"']\n    url = {remote}\n"
    )
    listing = winter.listing_of("candidate/2024-02-15")
    content = listing.read_bytes()
    assert prune(root, keep_days=10, dry=True).freed and not list(remote.rglob("*.dir"))
    assert "candidate/2024-02-15" in prune(root, keep_days=10, dry=False).freed
    assert not listing.exists()
    assert (remote / "files/md5" / listing.parent.name / listing.name).read_bytes() == content


def test_a_remote_is_freed_only_on_demand(winter, tmp_path):
    root, remote = winter.root, tmp_path / "remote"
    (root / ".dvc/config.local").write_text(
        f"[core]\n    remote = there\n['remote \"there\"']\n    url = {remote}\n"
    )
    for file in winter.sizes():
        copy = remote / "files" / "md5" / file.relative_to(winter.cache)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(file.read_bytes())
    n_before = len(list(remote.rglob("*.dir")))

    assert prune(root, keep_days=10, dry=False).garbage.remote_objects == 0
    assert len(list(remote.rglob("*.dir"))) == n_before
    # what only the remote holds by now is kept there once the policy keeps it
    freed = prune(root, keep_days=20, dry=False, remote=True)
    assert freed.freed == ["snapshot/2024-01-20"]
    assert freed.garbage.remote_objects == 2
    assert len(list(remote.rglob("*.dir"))) == n_before - 1
    assert (open_output(root, "2024-02-10", "raw") / "own").read_text().startswith("of 2024-02-10")
