"""Rollbacks and erasures as runs: numbered, alone with the inbox untouched, and what a failure leaves."""

import pytest

from flows.nightly import nightly
from flows.rollback import rollback
from raie.exceptions import RefusedError, UsageError
from raie.snapshots.git import git
from raie.snapshots.tags import list_candidates, list_snapshots
from tests.flows.conftest import GENESIS, deliver, summary_of
from tests.flows.test_night import inbox, is_untouched, quarantined, run_document

NIGHT, BACK, NEXT = "2024-03-01", "2024-03-01-2", "2024-03-02"


@pytest.fixture
def two(constructed):
    """Genesis and a night, and a file that waits for the next one."""
    nightly(constructed, NIGHT)
    deliver(constructed, "a.csv")
    return constructed


def test_a_rollback_is_a_numbered_snapshot_from_which_nights_go_on(two):
    assert rollback(two, GENESIS) == BACK
    assert list_snapshots(two) == [GENESIS, NIGHT, BACK]
    this = run_document(two, f"snapshot/{BACK}")
    assert (this["kind"], this["previous"], this["restored"]) == ("restore", NIGHT, GENESIS)
    assert (this["date"], this["restored_region"], this["erasure"]) == (NIGHT, None, [])
    assert git(two, "tag", "--list", "--format=%(contents:subject)", f"snapshot/{BACK}") == (
        f"Snapshot {BACK}: all regions rolled back to {GENESIS}"
    )
    held = git(two, "ls-tree", "--name-only", f"snapshot/{BACK}:data/restored").splitlines()
    assert held == ["adapters.dvc", "regions.dvc"]
    assert inbox(two) == ["a.csv"] and is_untouched(two)
    summary = summary_of(two, BACK)
    assert (summary["status"], summary["restored"]) == ("promoted", GENESIS)
    assert f"All regions rolled back to {GENESIS}" in summary["headline"]
    assert nightly(two, NEXT) == [NEXT]
    assert run_document(two, f"snapshot/{NEXT}")["previous"] == BACK


def test_where_there_is_no_way_back_or_a_gate_refuses_nothing_changes(two, judgements):
    before = git(two, "for-each-ref")
    for name in (NIGHT, f"candidate/{NIGHT}"):
        with pytest.raises(UsageError):
            rollback(two, name)
    judgements["metrics"] = "recall: 1.5 is no share; look at evaluate"
    with pytest.raises(RefusedError, match="gate metrics: recall: 1.5 is no share"):
        rollback(two, GENESIS)
    assert git(two, "for-each-ref") == before and list_candidates(two) == []
    assert inbox(two) == ["a.csv"] and quarantined(two) == [] and is_untouched(two)
    summary = summary_of(two, BACK)
    assert summary["status"] == "refused candidate"
    assert summary["watch"][0] == "nothing has changed: mend what the error names and type the command again"
