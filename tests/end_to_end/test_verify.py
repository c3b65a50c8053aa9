"""Snapshots of the real flows are proved, and what was tampered with is named."""

import json
import shutil

import pytest

from raie.snapshots.history import manifest_of
from tests.end_to_end.commands import git, run_raie
from tests.proofs.tampering import LEDGER, cached_file, entries_of, flip, forge, rehashed, text_of

pytestmark = pytest.mark.end_to_end

SNAPSHOTS = ["2024-02-29", "2024-03-01", "2024-03-02", "2024-03-03"]


@pytest.fixture
def operator(repository, tmp_path):
    """A copy that has not seen the tags before: what is forged in it has to be found by its content."""
    folder = shutil.copytree(repository, tmp_path / "project", symlinks=True)
    (folder / ".raie/witness.json").unlink()
    return folder


def verify(operator, *arguments):
    return run_raie(operator, "snapshot", "verify", *arguments)


def refused(operator, *arguments):
    done = verify(operator, *arguments)
    assert done.returncode == 1 and done.stdout == ""
    (line,) = done.stderr.splitlines()
    return line


def test_every_snapshot_holds(operator):
    done = verify(operator, "--all", "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["ok"] and said["ref"] == f"snapshot/{SNAPSHOTS[-1]}" and said["absent"] == {}
    assert said["root_hash"] == manifest_of(operator, SNAPSHOTS[-1])["root_hash"]
    assert said["snapshots"] == len(SNAPSHOTS)
    assert said["entries"] == sum(len(entries_of(operator, name)) for name in SNAPSHOTS)
    assert git(operator, "status", "--porcelain") == ""


def test_a_byte_flipped_in_an_adapter(operator):
    file = "r0001/adapter_model.safetensors"
    flip(cached_file(operator, SNAPSHOTS[1], "data/adapters", file))
    assert f"snapshot/{SNAPSHOTS[1]}: MD5 of data/adapters/{file} should be" in refused(operator, "--all")
    assert f"data/adapters/{file}" in refused(operator, SNAPSHOTS[1])


def test_an_entry_edited_with_its_own_hash_recomputed(operator):
    entries = entries_of(operator, SNAPSHOTS[2])
    entries[0]["edit"]["n_sequences"] += 1
    forge(operator, SNAPSHOTS[2], {LEDGER: text_of([rehashed(entries[0]), *entries[1:]])})
    assert f"ledger entry {SNAPSHOTS[2]}/0002: the hash before it should be" in refused(operator)


def test_a_tag_that_was_moved(operator):
    moved, target = f"snapshot/{SNAPSHOTS[2]}", f"snapshot/{SNAPSHOTS[1]}^{{}}"
    identity = ("-c", "user.name=tests", "-c", "user.email=tests@localhost")
    git(operator, *identity, "tag", "--force", "--annotate", "--message", "moved", moved, target)
    assert f"raie: {moved}: " in refused(operator)
