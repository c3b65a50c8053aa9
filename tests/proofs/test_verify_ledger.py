"""Whatever somebody does to a ledger, the first thing that does not match is named."""

import json
import shutil

import pytest

from raie.archive.archive import open_archive
from raie.proofs.mismatch import MismatchError
from raie.proofs.question import Question
from raie.proofs.verify import verify
from raie.snapshots.git import git
from raie.snapshots.history import manifest_of
from tests.proofs.smallchain import GENESIS, MIDDLE, NEWEST
from tests.proofs.tampering import (
    LEDGER,
    MANIFEST,
    entries_of,
    forge,
    forge_edit,
    rechained,
    rehashed,
    remade,
    shown,
    text_of,
)

GIT_ONLY = Question(git_only=True)


def removed(entries, row):
    return entries[:row] + entries[row + 1 :]


def renumbered(entries, row):
    """Removed, and those after it counted on."""
    left = removed(entries, row)
    return [{**each, "event": f"{each['snapshot']}/{number:04d}"} for number, each in enumerate(left, 1)]


def reordered(entries, row):
    other = (row + 1) % len(entries)
    swapped = list(entries)
    swapped[row], swapped[other] = swapped[other], swapped[row]
    return swapped


def edited(entries, row):
    changed = {**entries[row], "edit": {**entries[row]["edit"], "n_sequences": 999}}
    return [*entries[:row], changed, *entries[row + 1 :]]


def rehashed_too(entries, row):
    """Edited, with its own hash recomputed."""
    entries = edited(entries, row)
    return [*entries[:row], rehashed(entries[row]), *entries[row + 1 :]]


@pytest.mark.parametrize("tamper", [removed, renumbered, reordered, edited, rehashed_too])
@pytest.mark.parametrize("row", [0, 1, 2])
def test_no_entry_can_be_changed(root, tamper, row):
    forge(root, MIDDLE, {LEDGER: text_of(tamper(entries_of(root, MIDDLE), row))})
    with pytest.raises(MismatchError, match="ledger line|ledger entry") as found:
        verify(root, GIT_ONLY)
    assert found.value.where == f"snapshot/{MIDDLE}"
    assert str(found.value.expected)[:12] in str(found.value) and "git fetch --force" in found.value.remedy


def test_the_entry_after_an_edited_one_gives_it_away(root):
    entries = entries_of(root, MIDDLE)
    forge(root, MIDDLE, {LEDGER: text_of(rehashed_too(entries, 1))})
    with pytest.raises(MismatchError, match=f"ledger entry {MIDDLE}/0003: the hash before it") as found:
        verify(root, GIT_ONLY)
    assert found.value.found == entries[1]["hash"]


def test_after_the_last_one_the_manifest_does(root):
    last = entries_of(root, MIDDLE)[-1]["hash"]
    forge(root, MIDDLE, {LEDGER: text_of(rehashed_too(entries_of(root, MIDDLE), 2))})
    with pytest.raises(MismatchError, match="the hash of its last ledger entry") as found:
        verify(root, GIT_ONLY)
    assert found.value.expected == last


def test_all_that_follows_recomputed_is_given_away_by_the_next_snapshot(root):
    forged = forge_edit(root, MIDDLE, 1, sequences_digest="ab" * 32)
    assert verify(root, Question(MIDDLE)), "up to here it is consistent"
    with pytest.raises(MismatchError, match=f"on top of which snapshot/{NEWEST} was made") as found:
        verify(root, GIT_ONLY)
    assert found.value.where == f"snapshot/{MIDDLE}" and found.value.found == forged


def forge_everything_after(root, **fields):
    """Change an entry of the middle snapshot and make all later tags anew, each consistent with the last."""
    commit, head = None, None
    for snapshot in (MIDDLE, NEWEST):
        entries = entries_of(root, snapshot)
        if snapshot == MIDDLE:
            entries[1] |= fields
        night = json.loads(shown(root, f"snapshot/{snapshot}", "data/night.json"))
        night["ledger_head"] = head or night["ledger_head"]
        entries = rechained(entries, night["ledger_head"])
        head = entries[-1]["hash"]
        files = {LEDGER: text_of(entries), "data/night.json": json.dumps(night)}
        files[MANIFEST] = remade(root, snapshot, ledger_head=head, night=night)
        parents = git(root, "rev-list", "--parents", "-1", f"snapshot/{snapshot}").split()[1:]
        parents[1] = commit or parents[1]
        commit = forge(root, snapshot, files, parents=parents, relock=True)


def test_a_history_forged_to_the_end_is_found_by_what_was_noted_before(root, tmp_path):
    kept = manifest_of(root, NEWEST)["root_hash"]
    first = git(root, "rev-parse", f"snapshot/{MIDDLE}^{{}}")
    seen = open_archive(shutil.copytree(root, tmp_path / "elsewhere")).witness()
    forge_everything_after(root, sequences_digest="ab" * 32)
    assert verify(root, Question()), "it is consistent in itself"
    with pytest.raises(MismatchError, match="its root hash"):
        verify(root, Question(expected=kept))
    (root / ".raie").mkdir()
    (root / ".raie/witness.json").write_text(json.dumps(seen))
    with pytest.raises(MismatchError, match="the tag was moved") as found:
        verify(root, Question())
    assert found.value.where == f"snapshot/{MIDDLE}" and found.value.expected == first


def test_edits_that_do_not_lead_to_the_stored_regions_are_found_whoever_forged_them(root):
    edit = entries_of(root, MIDDLE)[1]["edit"]
    forge_everything_after(root, edit={**edit, "radius": edit["radius"] / 2})
    with pytest.raises(MismatchError, match=f"center_after of ledger entry {MIDDLE}/0002, replayed"):
        verify(root, Question())


@pytest.mark.parametrize(
    ("key", "value"),
    [("event", f"{NEWEST}/0002"), ("snapshot", MIDDLE), ("date", MIDDLE), ("generation", 2), ("run", "x")],
)
def test_an_entry_that_is_not_the_runs_own(root, key, value):
    forge_edit(root, NEWEST, 0, **{key: value})
    with pytest.raises(MismatchError, match=f"its {key} should be") as found:
        verify(root, Question())
    assert found.value.found == value


def test_a_ledger_that_begins_elsewhere(root):
    night = json.loads(shown(root, f"snapshot/{NEWEST}", "data/night.json")) | {"ledger_head": "0" * 64}
    files = {"data/night.json": json.dumps(night), MANIFEST: remade(root, NEWEST, night=night)}
    forge(root, NEWEST, files, relock=True)
    with pytest.raises(MismatchError, match="the ledger's head before it") as found:
        verify(root, GIT_ONLY)
    assert found.value.expected == manifest_of(root, MIDDLE)["ledger_head"]


def test_numbers_that_move_no_center_are_held_against_the_stored_regions(root):
    edit = entries_of(root, NEWEST)[1]["edit"]
    forge_edit(root, NEWEST, 1, edit={**edit, "weight": edit["weight"] + 1})
    assert verify(root, GIT_ONLY), "the ledger alone is consistent"
    with pytest.raises(MismatchError, match="counts_ in data/regions"):
        verify(root, Question())


def test_an_edit_that_cannot_be_replayed(root):
    edit = entries_of(root, NEWEST)[2]["edit"]
    forge_edit(root, NEWEST, 2, edit={**edit, "region": "r0099"})
    with pytest.raises(MismatchError, match="no region 'r0099'"):
        verify(root, Question())
    assert verify(root, Question(GENESIS))
