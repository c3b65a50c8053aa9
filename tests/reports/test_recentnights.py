"""The alarm's nights, read from real tags."""

import json

import pytest

from raie.reports.documents import read_run
from raie.reports.recentnights import recent_nights
from raie.reports.summary import Outcome
from raie.snapshots.git import git
from raie.snapshots.tags import tag_snapshot
from tests.reports.rundocuments import edit_lines

SNAPSHOTS = ("2024-03-01", "2024-03-02", "2024-03-03", "2024-03-04")


def scores(night):
    forward = {"windows": 100 + night, "fallback_share": night / 64, "ambiguous_share": night / 32}
    return {"forward": forward, "setup_heldout": {"windows": 9, "routed": {"recall_at_10": 1 - night / 8}}}


def tag(repository, snapshot, *, generation=1, metrics=None, ledger=None):
    number = int(snapshot[-1])
    documents = {
        "night.json": json.dumps({"generation": generation}),
        "metrics.json": json.dumps(scores(number)) if metrics is None else metrics,
        "ledger.jsonl": edit_lines([("add", "r0009", [], 5)] * number) if ledger is None else ledger,
    }
    for name, text in documents.items():
        (repository / "data" / name).write_text(text)
    tag_snapshot(repository, snapshot=snapshot, previous=None, tracked=["data"], message=snapshot)


@pytest.fixture
def nights(repository, tree):
    """Signals of the nights as a run with this outcome sees them."""

    def read(status="promoted", *, date="2024-03-05", n_nights=7, k=10):
        return recent_nights(
            repository, read_run(tree), Outcome(date, "nightly", status), n_nights=n_nights, k=k
        )

    return read


@pytest.fixture
def four(repository):
    for snapshot in SNAPSHOTS:
        tag(repository, snapshot)
    return repository


def test_each_night_shows_what_its_tag_holds(four, nights):
    *earlier, mine = nights()
    assert [night.night for night in earlier] == list(SNAPSHOTS)
    for number, night in enumerate(earlier, start=1):
        assert night.windows == 100 + number
        assert (night.fallback_share, night.ambiguous_share) == (number / 64, number / 32)
        assert (night.adds, night.retention) == (number, 1 - number / 8)
    assert (mine.night, mine.windows, mine.adds, mine.retention) == ("2024-03-05", 1419, 1, 0.5625)


def test_a_promoted_run_is_not_counted_twice(four, nights):
    before = nights()
    tag(four, "2024-03-05")
    assert nights() == before


@pytest.mark.parametrize("status", ["refused candidate", "failed"])
def test_of_a_run_that_was_not_promoted_only_what_arrived_counts(four, nights, status):
    mine = nights(status)[-1]
    assert (mine.windows, mine.fallback_share) == (1419, 0.0625)
    assert (mine.adds, mine.retention) == (0, None)


def test_a_run_that_ended_before_it_was_measured_does_not_count(four, nights, tree):
    (tree / "data/metrics.json").unlink()
    assert [night.night for night in nights("failed")] == list(SNAPSHOTS)


def test_only_the_present_generation_counts(four, nights, write):
    tag(four, "2024-03-05", generation=2)
    tag(four, "2024-03-06", generation=2)
    write("data/night.json", {"generation": 2})
    assert [night.night for night in nights(date="2024-03-07")] == ["2024-03-05", "2024-03-06", "2024-03-07"]


def test_a_retrain_begins_anew_only_if_it_is_promoted(four, nights, write):
    write("data/night.json", {"kind": "retrain", "generation": 2})
    assert [night.night for night in nights()] == ["2024-03-05"]
    assert [night.night for night in nights("refused candidate")] == list(SNAPSHOTS)


def test_no_more_tags_are_read_than_count(four, nights):
    assert [night.night for night in nights(n_nights=2)] == ["2024-03-03", "2024-03-04", "2024-03-05"]


def test_retention_is_compared_at_one_k(four, nights):
    assert {night.retention for night in nights(k=20)} == {None}


@pytest.mark.parametrize("metrics", ["", "[]", "{", '{"forward": 3}'])
def test_a_snapshot_that_cannot_be_read_is_not_known(repository, nights, metrics):
    tag(repository, "2024-03-04", metrics=metrics, ledger="{\n")
    night = nights()[0]
    assert (night.windows, night.fallback_share, night.adds, night.retention) == (0, None, 0, None)


def test_documents_that_a_tag_lacks_are_not_known(repository, nights):
    tag(repository, "2024-03-03")
    for name in ("metrics.json", "ledger.jsonl"):
        (repository / "data" / name).unlink()
    tag_snapshot(repository, snapshot="2024-03-04", previous=None, tracked=["data"], message="bare")
    assert git(repository, "tag", "--list", "snapshot/2024-03-04")
    assert nights()[1].retention is None


def test_before_genesis_there_is_only_this_run(repository, nights):
    assert [night.night for night in nights()] == ["2024-03-05"]
    assert [night.night for night in nights("failed")] == ["2024-03-05"]
