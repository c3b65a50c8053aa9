"""A throw-away git repository in which snapshots can be tagged, and a region set with its ledger."""

import json

import numpy as np
import pytest

from raie.edits.apply import apply
from raie.edits.edit import Edit
from raie.regions.regionset import RegionSet
from raie.snapshots.git import git
from raie.snapshots.ledger import chain, head_of, write_entries
from raie.snapshots.night import GENESIS_HASH
from raie.snapshots.tags import tag_snapshot

DIM = 5


def pytest_collection_modifyitems(items):
    """The longest files first; while one worker makes the nights that they share, the other has the flows."""
    longest = [item for item in items if "end_to_end" in item.keywords]
    items.sort(key=lambda item: turn(item, longest[0] if longest else item))


def turn(item, first):
    if item.path == first.path:
        return 0
    if item.path.parent.name == "flows":
        return 1
    return 2 if "end_to_end" in item.keywords else 3


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository with one commit, free of this machine's git configuration."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    root = tmp_path / "repository"
    root.mkdir()
    git(root, "init", "--quiet", "--initial-branch", "main")
    (root / "dvc.yaml").write_text("stages: {}\n")
    (root / "params.yaml").write_text("{}\n")
    (root / "data").mkdir()
    (root / "data" / "night.json").write_text("{}\n")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "-m", "first")
    return root


def an_edit(operation, region, rng, *, parents=(), scores=None):
    return Edit(
        operation=operation,
        region=region,
        parents=parents,
        retained=0.9,
        increment=rng.standard_normal(DIM),
        weight=float(rng.uniform(1, 9)),
        radius=float(rng.uniform(0.1, 1.5)),
        n_sequences=int(rng.integers(1, 50)),
        scores=scores or {"angle_moved": float(rng.uniform())},
    )


def records_of(edits, snapshot):
    return [
        {
            "event": f"{snapshot}/{number:04d}",
            "snapshot": snapshot,
            "date": snapshot,
            "run": None,
            "edit": edit.to_document(),
        }
        for number, edit in enumerate(edits, start=1)
    ]


@pytest.fixture
def story():
    """Edits of three snapshots, by snapshot: every operation once at least."""
    rng = np.random.default_rng(5)
    return {
        "2024-03-01": [an_edit("construct", name, rng) for name in ("r0001", "r0002", "r0003")],
        "2024-03-02": [
            an_edit("update", "r0001", rng),
            an_edit("expand", "r0002", rng),
            an_edit("add", "r0004", rng, parents=("r0002",), scores={"bic_gain": 12.5}),
        ],
        "2024-03-04": [
            an_edit("reject", "r0001", rng),
            an_edit("merge", "r0001", rng, parents=("r0004",)),
            an_edit("retire", "r0003", rng),
        ],
    }


@pytest.fixture
def ledgers(story):
    """The chained entries of each snapshot of the story."""
    head, by_snapshot = GENESIS_HASH, {}
    for snapshot, edits in story.items():
        by_snapshot[snapshot] = chain(records_of(edits, snapshot), head=head)
        head = head_of(by_snapshot[snapshot], head=head)
    return by_snapshot


@pytest.fixture
def regions(story):
    """The region set that the story leads to."""
    current = RegionSet.empty(DIM)
    for snapshot, edits in story.items():
        for edit in edits:
            current = apply(current, edit, snapshot=snapshot, date=snapshot)
    return current


def write_documents(root, snapshot, previous, entries, head):
    write_entries(root / "data" / "ledger.jsonl", entries)
    night = {"snapshot": snapshot, "previous": previous, "run": f"nightly {snapshot}"}
    manifest = {
        "night": night,
        "ledger_head": head_of(entries, head=head),
        "training": {"r0001": {}, "r0002": {}},
        "root_hash": "ab" * 32,
    }
    (root / "data" / "manifest.json").write_text(json.dumps(manifest))
    metrics = {"setup_heldout": {"windows": 4, "routed": {"recall_at_10": 0.25, "ndcg_at_10": 0.125}}}
    (root / "data" / "metrics.json").write_text(json.dumps(metrics))


@pytest.fixture
def tagged(repository, ledgers):
    """The repository with the story's three snapshots tagged."""
    previous, head = None, GENESIS_HASH
    for snapshot, entries in ledgers.items():
        write_documents(repository, snapshot, previous, entries, head)
        tag_snapshot(repository, snapshot=snapshot, previous=previous, tracked=["data"], message=snapshot)
        previous, head = snapshot, entries[-1]["hash"]
    return repository
