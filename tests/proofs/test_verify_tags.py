"""Tags that were moved, remade or removed, and git objects that were damaged."""

import json
import zlib

import pytest

from raie.archive.archive import open_archive
from raie.proofs.mismatch import MismatchError
from raie.proofs.question import Question
from raie.proofs.verify import verify
from raie.snapshots.git import git
from tests.proofs.smallchain import GENESIS, MIDDLE, NEWEST
from tests.proofs.tampering import (
    LEDGER,
    MANIFEST,
    entries_of,
    flip,
    forge,
    loose,
    rechained,
    remade,
    shown,
    text_of,
)

GIT_ONLY = Question(git_only=True)
TAG = f"snapshot/{MIDDLE}"


def refuses(root, words, where=TAG):
    with pytest.raises(MismatchError, match=words) as found:
        verify(root, GIT_ONLY)
    assert found.value.where == where
    return found.value


@pytest.mark.parametrize("snapshot", [MIDDLE, NEWEST])
def test_a_tag_moved_to_another_snapshots_commit(root, snapshot):
    git(root, "tag", "--force", "--annotate", "-m", "x", f"snapshot/{snapshot}", f"snapshot/{GENESIS}^{{}}")
    found = refuses(root, r"the snapshot in data/night\.json", f"snapshot/{snapshot}")
    assert (found.expected, found.found) == (snapshot, GENESIS)


def test_a_tag_that_is_another_snapshots_tag_object(root):
    git(root, "update-ref", f"refs/tags/{TAG}", f"refs/tags/snapshot/{GENESIS}")
    assert refuses(root, "the name in the annotated tag").found == f"snapshot/{GENESIS}"


def test_a_lightweight_tag(root):
    git(root, "tag", "--force", TAG, f"{TAG}^{{}}")
    assert refuses(root, "annotated tag should be snapshot/2024-03-02, found none")


def test_the_newest_tag_moved_to_a_forgery_is_found_by_the_witness(root):
    first = open_archive(root).witness()[NEWEST]
    forged = forge(root, NEWEST, {"README.md": "another project\n"})
    found = refuses(root, "the tag was moved", f"snapshot/{NEWEST}")
    assert (found.expected, found.found) == (first, forged)
    git(root, *found.remedy.partition("git ")[2].partition(";")[0].split())
    assert verify(root, Question())


def test_a_tag_that_is_gone(root):
    git(root, "tag", "--delete", TAG)
    assert refuses(root, f"which snapshot/{NEWEST} names as the one before it")


def test_the_newest_tag_gone_is_found_by_the_witness(root):
    open_archive(root)
    git(root, "tag", "--delete", f"snapshot/{NEWEST}")
    found = refuses(root, "the tag should be .* found none", f"snapshot/{NEWEST}")
    assert found.remedy.endswith("if it was withdrawn on purpose, take it out of .raie/witness.json")
    witness = root / ".raie/witness.json"
    seen = json.loads(witness.read_text())
    witness.write_text(json.dumps({name: commit for name, commit in seen.items() if name != NEWEST}))
    assert verify(root, Question()).ref != f"snapshot/{NEWEST}"


def test_a_witness_that_was_damaged(root):
    open_archive(root)
    (root / ".raie/witness.json").write_text("{")
    assert "delete the file" in refuses(root, "its file should be as RAIE writes it", "the witness").remedy


@pytest.mark.parametrize("parents", [[TAG], ["HEAD"], [TAG, "HEAD"], ["HEAD", TAG, f"snapshot/{GENESIS}"]])
def test_a_commit_with_other_parents(root, parents):
    commits = [git(root, "rev-parse", f"{each}^{{commit}}") for each in parents]
    forge(root, NEWEST, {}, parents=commits)
    with pytest.raises(MismatchError):
        verify(root, GIT_ONLY)


def test_code_that_did_not_run(root):
    git(root, "commit", "--quiet", "--allow-empty", "--no-gpg-sign", "-m", "later")
    forge(root, NEWEST, {}, parents=[git(root, "rev-parse", each) for each in ("HEAD", f"{TAG}^{{}}")])
    assert refuses(root, "the commit whose code ran", f"snapshot/{NEWEST}")


@pytest.mark.parametrize("name", [f"refs/tags/{TAG}", f"{TAG}^{{commit}}", f"{TAG}^{{tree}}", f"{TAG}:data"])
def test_a_flipped_byte_in_a_git_object(root, name):
    flip(loose(root, git(root, "rev-parse", name)), at=20)
    assert refuses(root, "found nothing that git can read")


@pytest.mark.parametrize("path", [MANIFEST, LEDGER, "dvc.lock", "code/edit.py", "data/gates.html"])
def test_a_file_of_the_tag_that_was_rewritten_in_gits_store(root, path):
    """Git reads such an object without a word: its name is never compared with its bytes."""
    oid = git(root, "rev-parse", f"{TAG}:{path}")
    held = bytearray(zlib.decompress(loose(root, oid).read_bytes()))
    held[-3] ^= 1
    loose(root, oid).chmod(0o644)
    loose(root, oid).write_bytes(zlib.compress(bytes(held)))
    with pytest.raises(MismatchError, match=f"git's {path}") as found:
        verify(root, GIT_ONLY)
    assert found.value.expected == oid and f".git/objects/{oid[:2]}" in found.value.remedy


def test_a_flipped_byte_in_the_ref_itself(root):
    ref = root / ".git/refs/tags/snapshot" / NEWEST
    content = ref.read_text()
    ref.write_text("x" + content[1:])
    assert refuses(root, "a broken ref", f"snapshot/{NEWEST}")
    ref.write_text(("1" if content[0] != "1" else "2") + content[1:])
    assert refuses(root, "nothing that git can read", f"snapshot/{NEWEST}")


def test_an_object_that_another_stands_in_for(root):
    other = git(root, "rev-parse", f"snapshot/{GENESIS}:{LEDGER}")
    git(root, "replace", git(root, "rev-parse", f"{TAG}:{LEDGER}"), other)
    found = refuses(root, "an object in its place")
    git(root, *found.remedy.removeprefix("git ").split())
    assert verify(root, Question())


def test_another_ref_of_the_same_name(root):
    git(root, "update-ref", f"refs/{TAG}", f"snapshot/{GENESIS}^{{}}")
    assert refuses(root, "what git takes its name for")


def test_a_night_before_the_last(root):
    """A forged date, with the manifest and the ledger's own dates to match."""
    night = json.loads(shown(root, f"snapshot/{NEWEST}", "data/night.json")) | {"date": "2024-02-01"}
    entries = [each | {"date": "2024-02-01"} for each in entries_of(root, NEWEST)]
    entries = rechained(entries, night["ledger_head"])
    files = {"data/night.json": json.dumps(night), LEDGER: text_of(entries)}
    files[MANIFEST] = remade(root, NEWEST, night=night, ledger_head=entries[-1]["hash"])
    forge(root, NEWEST, files, relock=True)
    assert refuses(root, f"its date should be {MIDDLE} or later", f"snapshot/{NEWEST}")
