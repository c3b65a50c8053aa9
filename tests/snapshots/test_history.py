"""History read from tags: the chain goes on from tag to tag, and a forged tag is named."""

import json

import pytest

from raie.exceptions import MissingError, RefusedError, UsageError
from raie.snapshots.git import git
from raie.snapshots.history import ledger_entries, manifest_of, metrics_of, region_history
from raie.snapshots.ledger import write_entries
from raie.snapshots.tags import tag_snapshot


def retag(repository, snapshot, previous):
    """Forge a snapshot: its tag again, from what lies in the work tree."""
    git(repository, "tag", "--delete", f"snapshot/{snapshot}")
    tag_snapshot(repository, snapshot=snapshot, previous=previous, tracked=["data"], message="forged")


def forge(repository, snapshot, previous, entries):
    (repository / "data" / "manifest.json").write_text(json.dumps(manifest_of(repository, snapshot)))
    write_entries(repository / "data" / "ledger.jsonl", entries)
    retag(repository, snapshot, previous)


def test_all_entries_come_in_order(tagged, ledgers):
    assert list(ledger_entries(tagged)) == [entry for each in ledgers.values() for entry in each]


def test_entries_up_to_a_snapshot(tagged, ledgers):
    expected = ledgers["2024-03-01"] + ledgers["2024-03-02"]
    assert list(ledger_entries(tagged, as_of="2024-03-02")) == expected
    assert list(ledger_entries(tagged, as_of="2024-03-03")) == expected
    assert list(ledger_entries(tagged, as_of="2024-02-01")) == []


def test_a_forged_entry_is_named(tagged, ledgers):
    entries = ledgers["2024-03-02"]
    entries[1]["edit"]["weight"] += 1
    forge(tagged, "2024-03-02", "2024-03-01", entries)
    with pytest.raises(RefusedError, match="ledger entry 2024-03-02/0002: its content"):
        list(ledger_entries(tagged))


@pytest.mark.parametrize("snapshot", ["2024-03-02", "2024-03-04"])
def test_a_ledger_cut_short_is_named_even_if_nothing_follows(tagged, ledgers, snapshot):
    forge(tagged, snapshot, "2024-03-01", ledgers[snapshot][:-1])
    with pytest.raises(RefusedError, match=f"snapshot {snapshot}: its ledger does not end with the entry"):
        list(ledger_entries(tagged))


def test_the_history_of_a_region_names_it_as_subject_or_parent(tagged):
    events = [(e["edit"]["operation"], e["edit"]["region"]) for e in region_history(tagged, "r0004")]
    assert events == [("add", "r0004"), ("merge", "r0001")]
    assert [e["date"] for e in region_history(tagged, "r0002", as_of="2024-03-01")] == ["2024-03-01"]


def test_an_unknown_region_is_missing(tagged):
    with pytest.raises(MissingError, match="no region r0009 in the ledger"):
        region_history(tagged, "r0009")
    with pytest.raises(MissingError, match="no region r0004 in the ledger"):
        region_history(tagged, "r0004", as_of="2024-03-01")


def test_documents_of_a_snapshot(tagged):
    assert manifest_of(tagged, "2024-03-02")["night"]["previous"] == "2024-03-01"
    assert manifest_of(tagged, "snapshot/2024-03-02") == manifest_of(tagged, "2024-03-02")
    assert metrics_of(tagged, "2024-03-04")["setup_heldout"]["windows"] == 4
    with pytest.raises(MissingError, match="snapshot/2024-03-03 holds no data/manifest.json"):
        manifest_of(tagged, "2024-03-03")
    with pytest.raises(UsageError, match="is not a date"):
        manifest_of(tagged, "HEAD")
