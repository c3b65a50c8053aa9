"""The story's tags made one by one, as a run leaves them or forged, and a refused candidate among them."""

import json

import pytest

from raie.snapshots.git import git
from raie.snapshots.tags import tag_candidate, tag_snapshot
from tests.conftest import write_documents

PREVIOUS = {"2024-03-01": None, "2024-03-02": "2024-03-01", "2024-03-04": "2024-03-02"}
GENESIS = "0" * 64


def write(repository, snapshot, ledgers):
    """Write a run's documents into the work tree."""
    previous = PREVIOUS[snapshot]
    head = ledgers[previous][-1]["hash"] if previous else GENESIS
    write_documents(repository, snapshot, previous, ledgers[snapshot], head)


def tag(repository, snapshot):
    """Tag the work tree, once more if it was tagged."""
    if git(repository, "tag", "--list", f"snapshot/{snapshot}"):
        git(repository, "tag", "--delete", f"snapshot/{snapshot}")
    tag_snapshot(
        repository, snapshot=snapshot, previous=PREVIOUS[snapshot], tracked=["data"], message=snapshot
    )


def change(repository, name, **values):
    """Set keys of a JSON document in the work tree."""
    path = repository / "data" / name
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def refuse(repository, ledgers):
    """Tag a refused first try of the story's last night, which began from the champion of then."""
    write(repository, "2024-03-04", ledgers)
    gates = {"promotion": {"promoted": False, "headline": "refused: worse", "warnings": []}}
    change(repository, "manifest.json", gates=gates, ledger_head=ledgers["2024-03-04"][1]["hash"])
    ledger = repository / "data" / "ledger.jsonl"
    ledger.write_text("".join(ledger.read_text().splitlines(keepends=True)[:2]))
    tag_candidate(
        repository, snapshot="2024-03-04", previous="2024-03-02", tracked=["data"], message="refused"
    )


@pytest.fixture
def with_candidate(tagged, ledgers):
    """The story with a refused candidate of its last date."""
    refuse(tagged, ledgers)
    return tagged
