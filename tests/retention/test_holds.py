"""Holds are annotated tags, beside everything else in git that needs a snapshot."""

import pytest

from raie.exceptions import BusyError, MissingError, UsageError
from raie.retention.holds import hold, needed_commits, release
from raie.retention.subjects import list_subjects
from raie.snapshots.git import git
from raie.snapshots.lock import single_run
from raie.snapshots.tags import list_snapshots


def needed(root, name):
    return needed_commits(root).get(git(root, "rev-parse", f"{name}^{{commit}}"), [])


@pytest.mark.parametrize("reason", ["audit 7", "50 % <b>\tof $HOME", "-d"])
def test_a_hold_says_why_and_goes_again(winter, reason):
    root, before = winter.root, list_snapshots(winter.root)
    assert hold(root, "2024-01-20", reason=reason) == "hold/2024-01-20"
    assert git(root, "cat-file", "-t", "hold/2024-01-20") == "tag"
    assert needed(root, "snapshot/2024-01-20") == [f"held: {reason}"]
    assert list_snapshots(root) == before
    assert release(root, "2024-01-20") == "snapshot/2024-01-20"
    assert needed(root, "snapshot/2024-01-20") == []


def test_nothing_is_held_while_another_run_may_free_it(winter):
    with single_run(winter.root, "snapshot prune"), pytest.raises(BusyError, match="another run holds"):
        hold(winter.root, "2024-01-20", reason="too late")
    assert needed(winter.root, "snapshot/2024-01-20") == []


def test_a_candidate_is_held_by_its_own_tag(winter):
    hold(winter.root, "candidate/2024-02-15", reason="why was it refused")
    assert needed(winter.root, "candidate/2024-02-15") == ["held: why was it refused"]
    assert not needed(winter.root, "snapshot/2024-02-10")


def test_other_tags_branches_and_work_trees_need_what_they_stand_at(winter, tmp_path):
    root = winter.root
    git(root, "tag", "release-1", "snapshot/2024-01-20")
    git(root, "branch", "old", "snapshot/2024-01-10")
    git(root, "worktree", "add", "--quiet", "--detach", str(tmp_path / "then"), "snapshot/2024-02-10")
    assert needed(root, "snapshot/2024-01-20") == ["tag release-1"]
    assert needed(root, "snapshot/2024-01-10") == ["branch old"]
    assert needed(root, "snapshot/2024-02-10") == [f"checked out in {tmp_path / 'then'}"]


def test_what_is_held_already_or_not_at_all_is_said(winter):
    hold(winter.root, "2024-01-20", reason="audit")
    with pytest.raises(UsageError, match=r"held already: raie snapshot release 2024-01-20"):
        hold(winter.root, "2024-01-20", reason="another")
    with pytest.raises(MissingError, match="snapshot/2024-01-10 is not held"):
        release(winter.root, "2024-01-10")
    with pytest.raises(MissingError, match="2024-01-11"):
        hold(winter.root, "2024-01-11", reason="audit")
    with pytest.raises(UsageError, match="not a date"):
        hold(winter.root, "../2024-01-10", reason="audit")


@pytest.mark.parametrize("reason", ["", "  ", "two\nlines"])
def test_a_reason_is_one_line(winter, reason):
    with pytest.raises(UsageError, match="one line"):
        hold(winter.root, "2024-01-20", reason=reason)


def test_subjects_are_read_from_the_tags_in_the_order_of_their_chain(winter):
    winter.snapshot("2024-03-01-2", {"own": "second of its date"}, previous="2024-03-01", generation=2)
    subjects = list_subjects(winter.root)
    assert [each.ref for each in subjects[-3:]] == [
        "snapshot/2024-03-01",
        "snapshot/2024-03-01-2",
        "candidate/2024-02-15",
    ]
    second = subjects[-2]
    assert (str(second.date), second.generation, second.previous) == ("2024-03-01", 2, "snapshot/2024-03-01")
    assert second.commit == git(winter.root, "rev-parse", "snapshot/2024-03-01-2^{commit}")
    assert [each.refused for each in subjects] == [False] * 7 + [True]
