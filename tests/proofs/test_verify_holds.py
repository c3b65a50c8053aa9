"""What verify says of snapshots that nobody tampered with."""

import json
import shutil

import pytest

from raie.exceptions import MissingError, UsageError
from raie.proofs.mismatch import MismatchError
from raie.proofs.question import Question
from raie.proofs.verify import verify
from raie.snapshots.digests import folder_digests
from raie.snapshots.git import git
from raie.snapshots.history import manifest_of
from raie.snapshots.pruned import note_pruned
from raie.snapshots.tags import tag_candidate
from raie.snapshots.workspace import TRACKED
from tests.proofs.smallchain import GENESIS, MIDDLE, NEWEST, SNAPSHOTS
from tests.proofs.tampering import cached_file, entries_of, flip


def cache_of(root):
    return [file for file in (root / ".dvc/cache").rglob("*") if file.is_file()]


def test_the_whole_chain_is_counted(untouched):
    told = []
    proof = verify(untouched, Question(every=True), told.append)
    assert told == list(SNAPSHOTS)
    assert proof.ref == f"snapshot/{NEWEST}" and proof.commit == git(
        untouched, "rev-parse", f"{proof.ref}^{{}}"
    )
    assert proof.root_hash == manifest_of(untouched, NEWEST)["root_hash"]
    assert proof.entries == sum(len(entries_of(untouched, name)) for name in SNAPSHOTS) == 9
    assert proof.absent == {}
    # the small chain's cache also holds what git keeps, and its code
    assert 0 < proof.files < len(cache_of(untouched))


def test_an_earlier_snapshot_is_proved_with_what_came_before_it(untouched):
    assert verify(untouched, Question(GENESIS)).snapshots == 1
    assert verify(untouched, Question(MIDDLE)).ref == f"snapshot/{MIDDLE}"


def test_nothing_is_changed(root):
    before = folder_digests(root)
    verify(root, Question(every=True))
    assert folder_digests(root) == before


def test_only_the_artefacts_that_are_asked_for_are_rehashed(root):
    flip(cached_file(root, GENESIS, "data/adapters", "r0003/adapter_model.safetensors"))
    newest, everything = verify(root, Question()), Question(every=True)
    assert newest.files > verify(root, Question(git_only=True)).files == 0
    with pytest.raises(MismatchError, match="data/adapters/r0003") as found:
        verify(root, everything)
    assert found.value.where == f"snapshot/{GENESIS}"


def test_files_that_are_not_here_are_counted_and_not_fetched(root):
    for name in ("r0001", "r0002"):
        cached_file(root, NEWEST, "data/adapters", f"{name}/adapter_model.safetensors").unlink()
    with pytest.raises(MissingError, match="2 of its files are not in the cache: .* dvc fetch --all-tags"):
        verify(root, Question())
    assert verify(root, Question(git_only=True)).absent == {}
    note_pruned_before(root)
    with pytest.raises(MissingError, match="freed by raie snapshot prune"):
        verify(root, Question())


def note_pruned_before(root):
    (root / ".raie").mkdir(exist_ok=True)
    note_pruned(root, [f"snapshot/{NEWEST}"], remote=False)


def test_of_earlier_snapshots_they_may_be_elsewhere(root):
    cached_file(root, GENESIS, "data/adapters", "r0003/adapter_model.safetensors").unlink()
    assert verify(root, Question(every=True)).absent == {f"snapshot/{GENESIS}": 1}


def test_damage_is_named_before_what_is_not_here(root):
    cached_file(root, NEWEST, "data/adapters", "r0001/adapter_model.safetensors").unlink()
    flip(cached_file(root, NEWEST, "data/regions", "memory.npy"))
    with pytest.raises(MismatchError, match=r"data/regions/memory\.npy"):
        verify(root, Question())


def test_a_root_hash_that_was_kept_elsewhere(untouched):
    kept = manifest_of(untouched, NEWEST)["root_hash"]
    for root_hash in (kept, kept[:12]):
        assert verify(untouched, Question(expected=root_hash)).root_hash == kept
    with pytest.raises(MismatchError, match="its root hash") as found:
        verify(untouched, Question(expected="0" * 64))
    assert found.value.found == kept
    for useless in ("", kept[:11], kept.upper() + "X"):
        with pytest.raises(UsageError, match="is no root hash"):
            verify(untouched, Question(expected=useless))


def test_a_refused_candidate_is_proved_like_a_snapshot(root):
    """The newest run once more as one that was refused, and tried a second time."""
    for name in ("data/night.json", "data/manifest.json"):
        assert (root / name).is_file(), "the work tree still holds the newest run"
    git(root, "tag", "--delete", f"snapshot/{NEWEST}")
    for _ in range(2):
        tag_candidate(root, snapshot=NEWEST, previous=MIDDLE, tracked=TRACKED, message="refused")
    proof = verify(root, Question(f"candidate/{NEWEST}-2"))
    assert proof.ref == f"candidate/{NEWEST}-2" and proof.snapshots == 3
    flip(cached_file_of_candidate(root))
    with pytest.raises(MismatchError, match="data/regions"):
        verify(root, Question(f"candidate/{NEWEST}"))
    assert verify(root, Question()).ref == f"snapshot/{MIDDLE}"


def cached_file_of_candidate(root):
    git(root, "tag", "--annotate", "-m", "x", "snapshot/again", f"candidate/{NEWEST}^{{}}")
    return cached_file(root, "again", "data/regions", "memory.npy")


def test_copies_that_readers_work_with_are_proved_too(root):
    folder = root / ".raie/opened" / NEWEST / "regions"
    folder.mkdir(parents=True)
    for name in ("regions.json", "regions.safetensors", "memory.npy"):
        shutil.copyfile(cached_file(root, NEWEST, "data/regions", name), folder / name)
    assert verify(root, Question())
    flip(folder / "regions.json")
    with pytest.raises(MismatchError, match=r"opened/2024-03-04/regions/regions\.json, a copy"):
        verify(root, Question())


def test_a_mismatch_tells_programs_the_whole_hashes(untouched):
    with pytest.raises(MismatchError) as found:
        verify(untouched, Question(expected="0" * 64))
    document = json.loads(json.dumps(found.value.document()))
    assert document["where"] == f"snapshot/{NEWEST}" and len(document["found"]) == 64
    assert document["found"][:12] in str(found.value) and document["found"] not in str(found.value)
