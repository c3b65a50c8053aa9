"""When nothing is freed at all, because it would not be safe."""

import json
from dataclasses import replace

import pytest
from dvc.repo import Repo
from typer.testing import CliRunner

from raie.cli import App
from raie.exceptions import BusyError, MissingError, RefusedError, UsageError
from raie.retention.account import account, readable, rows
from raie.retention.gc import Garbage
from raie.retention.prune import Pruning, prune
from raie.snapshots.lock import single_run
from raie.snapshots.pruned import PRUNED, note_pruned, read_pruned
from raie.snapshots.remote import UNPUSHED


def refused(winter, error, match, **options):
    before = winter.sizes()
    with pytest.raises(error, match=match):
        prune(winter.root, keep_days=10, dry=False, **options)
    assert winter.sizes() == before


def test_a_kept_snapshot_whose_listing_is_lost_stops_it(winter):
    winter.listing_of("snapshot/2024-01-31").unlink()
    refused(winter, RefusedError, r"snapshot/2024-01-31 is kept, but the listing of data/raw is neither")
    # one that was freed here has none; its files may still be in the remote
    note_pruned(winter.root, ["snapshot/2024-01-31"], remote=False)
    assert "snapshot/2024-01-31" in prune(winter.root, keep_days=10, dry=True).gone


def test_a_listing_that_the_remote_may_hold_stops_a_prune_of_the_remote(winter, tmp_path):
    (tmp_path / "remote").mkdir()
    config = f"[core]\n    remote = there\n['remote \"there\"']\n    url = {tmp_path / 'remote'}\n"
    (winter.root / ".dvc/config.local").write_text(config)
    winter.listing_of("snapshot/2024-01-31").unlink()
    (winter.root / ".raie").mkdir()
    note_pruned(winter.root, ["snapshot/2024-01-31"], remote=False)
    refused(winter, RefusedError, "snapshot/2024-01-31 is kept", remote=True)


def test_a_run_or_a_dvc_command_at_work_stops_it(winter):
    with single_run(winter.root, "nightly"):
        refused(winter, BusyError, "nightly")
    with Repo(str(winter.root)).lock:
        refused(winter, BusyError, "a DVC command is at work")


def test_a_cache_that_others_may_share_stops_it_until_it_is_said_that_none_do(winter, tmp_path):
    (winter.cache.parents[1]).rename(tmp_path / "cache")
    (winter.root / ".dvc/config.local").write_text(f"[cache]\n    dir = {tmp_path / 'cache'}\n")
    with pytest.raises(UsageError, match="--own-cache"):
        prune(winter.root, keep_days=10, dry=True)
    assert prune(winter.root, keep_days=10, dry=True, own_cache=True).garbage.objects == 6


def test_without_a_snapshot_there_is_nothing_to_prune(shelf):
    with pytest.raises(MissingError, match="raie construct"):
        prune(shelf.root, keep_days=10, dry=True)


def test_what_is_not_in_the_remote_yet_is_kept(winter):
    (winter.root / ".raie").mkdir()
    (winter.root / UNPUSHED).write_text("2024-01-20\n2023-01-01\n")
    assert prune(winter.root, keep_days=10, dry=True).reasons["snapshot/2024-01-20"] == (
        "not in the remote yet",
    )


def test_a_note_that_is_damaged_says_nothing(repository):
    (repository / ".raie").mkdir()
    assert read_pruned(repository) == {}
    note_pruned(repository, ["snapshot/2024-01-20"], remote=True)
    note_pruned(repository, ["snapshot/2024-01-20", "snapshot/2024-01-31"], remote=False)
    assert read_pruned(repository) == {"snapshot/2024-01-20": True, "snapshot/2024-01-31": False}
    (repository / PRUNED).write_text("[")
    assert read_pruned(repository) == {}


def test_the_command_line_tells_what_why_and_how_much(winter, monkeypatch):
    (winter.root / "params.yaml").write_text("retention:\n  keep_days: 10\n")
    monkeypatch.chdir(winter.root)
    run = CliRunner().invoke(App, ["snapshot", "hold", "2024-01-20", "--reason", "audit"])
    assert run.stdout == "held: snapshot/2024-01-20\n"
    run = CliRunner().invoke(App, ["snapshot", "prune", "--dry-run", "--json"])
    document = json.loads(run.stdout)
    assert document["dry_run"]
    assert document["cache_objects"] == 4
    states = {row["snapshot"]: (row["data"], row["why"]) for row in document["snapshots"]}
    assert states["2024-01-20"] == ("kept", ["held: audit"])
    assert states["2024-02-10"] == ("freed", [])
    assert (
        CliRunner().invoke(App, ["snapshot", "release", "2024-01-20"]).stdout
        == "released: snapshot/2024-01-20\n"
    )


def test_the_account_tells_what_was_freed_now_and_before():
    reasons = {"snapshot/2024-01-20": (), "snapshot/2024-01-31": (), "snapshot/2024-02-10": ("champion",)}
    pruning = Pruning(reasons, frozenset({"snapshot/2024-01-20"}), Garbage(4, 1500, 0), 0)
    assert account(pruning, dry=False) == "1 kept, 1 freed (1 before): 1.5 kB of the cache (4 objects)"
    assert [row["data"] for row in rows(pruning)] == ["freed before", "freed", "kept"]
    more = replace(pruning, garbage=Garbage(4, 1500, 3), opened=20)
    assert account(more, dry=True).endswith(
        "1 would be freed (1 before): 1.5 kB of the cache (4 objects), 20 bytes of opened copies, "
        "3 objects of the remote"
    )


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (70_226_772, "70.2 MB")]
)
def test_sizes_are_read_in_the_largest_unit(size, text):
    assert readable(size) == text
