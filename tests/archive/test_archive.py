"""The archive says what the tags say, whatever was indexed before."""

import json
import math

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from raie.archive.archive import open_archive
from raie.exceptions import RefusedError, UsageError
from raie.snapshots.git import git
from raie.snapshots.history import ledger_entries, manifest_of
from raie.snapshots.ledger import chain, write_entries
from tests.archive.conftest import PREVIOUS, change, tag, write

ANSWERS = ("snapshots", "edits", "region_metrics", "training", "gates")


def assert_same(one, other):
    for name in ANSWERS:
        assert_frame_equal(getattr(one, name)(), getattr(other, name)())


def anew(repository):
    """The archive as made from nothing."""
    (repository / ".raie" / "archive.sqlite").unlink(missing_ok=True)
    return open_archive(repository)


def test_a_repository_without_tags_has_empty_tables_with_all_columns(repository):
    archive = open_archive(repository)
    assert [len(getattr(archive, name)()) for name in ANSWERS] == [0] * len(ANSWERS)
    assert archive.witness() == {}
    assert archive.snapshots().columns[0] == "ref"


def test_snapshots_stand_in_the_order_of_the_chain(with_candidate):
    table = open_archive(with_candidate).snapshots()
    assert table["ref"].tolist() == [
        "snapshot/2024-03-01",
        "snapshot/2024-03-02",
        "snapshot/2024-03-04",
        "candidate/2024-03-04",
    ]
    assert table["status"].tolist() == ["earlier", "earlier", "champion", "refused"]
    assert table["previous"].tolist() == [None, "2024-03-01", "2024-03-02", "2024-03-02"]
    assert table["commit"].tolist() == [
        git(with_candidate, "rev-parse", f"{ref}^{{commit}}") for ref in table["ref"]
    ]


def test_what_an_older_manifest_lacks_is_not_known(tagged):
    first = open_archive(tagged).snapshots().iloc[0]
    assert (first["kind"], first["generation"], first["date"]) == ("construct", 1, "2024-03-01")
    assert (first["n_regions"], first["k"], first["heldout_recall"]) == (2, 10, 0.25)
    assert first["n_accepted"] is pd.NA
    assert first["first_day"] is None
    assert math.isnan(first["forward_recall"])


def test_a_full_manifest_is_told_in_full(repository, ledgers):
    write(repository, "2024-03-01", ledgers)
    scores = {"windows": 3, "recall_at_5": 0.5, "ndcg_at_5": 0.25}
    part = {"windows": 9, "routed": {"recall_at_5": 0.75, "ndcg_at_5": 0.5}, "base": {"recall_at_5": 0.125}}
    log = {"trained": True, "windows": 7, "replayed": 2, "steps": 4, "losses": [3.0, 2.0, 1.0]}
    change(
        repository,
        "manifest.json",
        metrics={"setup_heldout": {**part, "regions": {"r0001": scores}}, "forward": part},
        training={"r0001": {**log, "norm": {"mean": 0.1, "max": 0.2}}, "r0002": {"trained": False}},
        artefacts={"raw": {"2024-01-03.parquet": "", "2023-12-31.parquet": ""}},
        gates={"interactions": {"passed": True, "headline": "fine", "counts": {"accepted": 5, "refused": 2}}},
    )
    tag(repository, "2024-03-01")
    archive = open_archive(repository)
    row = archive.snapshots().iloc[0]
    assert (row["first_day"], row["last_day"], row["n_accepted"], row["n_refused"]) == (
        "2023-12-31",
        "2024-01-03",
        5,
        2,
    )
    assert (row["k"], row["heldout_windows"], row["heldout_ndcg"], row["base_recall"]) == (5, 9, 0.5, 0.125)
    assert (row["forward_recall"], row["forward_base_recall"]) == (0.75, 0.125)
    assert archive.region_metrics().to_dict("records") == [
        {"snapshot": "2024-03-01", "region": "r0001", "part": "setup_heldout", "windows": 3}
        | {"recall": 0.5, "ndcg": 0.25}
    ]
    trained, kept = archive.training().to_dict("records")
    assert (trained["first_loss"], trained["last_loss"], trained["norm_max"]) == (3.0, 1.0, 0.2)
    assert (kept["trained"], kept["steps"]) == (False, None)
    assert archive.gates().to_dict("records") == [
        {"ref": "snapshot/2024-03-01", "gate": "interactions", "passed": True, "headline": "fine"}
        | {"warnings": []}
    ]
    assert archive.manifest("snapshot/2024-03-01") == manifest_of(repository, "2024-03-01")


def test_edits_are_the_entries_of_the_ledger(with_candidate):
    edits, entries = open_archive(with_candidate).edits(), list(ledger_entries(with_candidate))
    assert edits["hash"].tolist() == [entry["hash"] for entry in entries]
    for name in ("operation", "region", "parents", "scores", "weight", "radius", "n_sequences"):
        assert edits[name].tolist() == [entry["edit"][name] for entry in entries]
    assert edits["position"].tolist() == [1, 2, 3] * 3


@pytest.mark.parametrize("region", ["r0001", "r0002", "r0004"])
@pytest.mark.parametrize("as_of", [None, "2024-03-02", "2024-03-04"])
def test_a_region_and_a_time_select_what_the_ledger_selects(tagged, region, as_of):
    selected = open_archive(tagged).edits(region=region, as_of=as_of)["hash"].tolist()
    entries = ledger_entries(tagged, as_of=as_of)
    edits = [(entry["hash"], entry["edit"]) for entry in entries]
    assert selected == [each for each, edit in edits if region == edit["region"] or region in edit["parents"]]


def test_as_of_a_day_without_a_snapshot_is_as_of_the_one_before(tagged):
    archive = open_archive(tagged)
    assert_frame_equal(archive.edits(as_of="2024-03-03"), archive.edits(as_of="2024-03-02"))
    assert archive.edits(as_of="2024-02-01").empty
    with pytest.raises(UsageError, match="is not a date"):
        archive.edits(as_of="../etc")


def test_operations_of_a_candidate_are_counted(with_candidate):
    archive = open_archive(with_candidate)
    assert archive.operations("candidate/2024-03-04") == {"reject": 1, "merge": 1}
    assert archive.operations("snapshot/2024-03-01") == {"construct": 3}
    assert archive.gates("candidate/2024-03-04")["passed"].tolist() == [False]


def test_indexed_night_by_night_it_says_what_it_says_made_at_once(repository, ledgers):
    for snapshot in PREVIOUS:
        write(repository, snapshot, ledgers)
        tag(repository, snapshot)
        archive = open_archive(repository)
        assert len(archive.snapshots()) == len(archive.edits()) / 3
    assert_same(archive, anew(repository))


def test_a_tag_that_is_gone_is_dropped(with_candidate):
    assert len(open_archive(with_candidate).gates()) == 1
    git(with_candidate, "tag", "--delete", "candidate/2024-03-04", "snapshot/2024-03-04")
    archive = open_archive(with_candidate)
    assert archive.snapshots()["status"].tolist() == ["earlier", "champion"]
    assert_same(archive, anew(with_candidate))


def test_a_moved_tag_is_read_again_and_its_first_commit_remembered(tagged, ledgers):
    first = open_archive(tagged).witness()
    assert first == {each: git(tagged, "rev-parse", f"snapshot/{each}^{{commit}}") for each in PREVIOUS}
    change(tagged, "manifest.json", root_hash="cd" * 32)
    tag(tagged, "2024-03-04")
    for archive in (open_archive(tagged), anew(tagged)):
        last = archive.snapshots().iloc[-1]
        assert last["root_hash"] == "cd" * 32
        assert last["commit"] != first["2024-03-04"]
        assert archive.witness() == first


def test_the_witness_remembers_what_is_gone_and_is_written_again_if_lost(tagged):
    open_archive(tagged)
    git(tagged, "tag", "--delete", "snapshot/2024-03-04")
    assert open_archive(tagged).witness().keys() == PREVIOUS.keys()
    (tagged / ".raie" / "witness.json").unlink()
    assert list(open_archive(tagged).witness()) == ["2024-03-01", "2024-03-02"]
    (tagged / ".raie" / "witness.json").write_text("[")
    with pytest.raises(RefusedError, match="raie snapshot verify --expect"):
        open_archive(tagged)


def reordered(entries):
    return [entries[1], entries[0], entries[2]]


def rehashed(entries):
    """An entry edited with its own hash recomputed."""
    body = {key: value for key, value in entries[1].items() if key not in ("hash", "previous_hash")}
    return [entries[0], *chain([body | {"run": "forged"}], head=entries[0]["hash"]), entries[2]]


def edited(entries):
    return [entries[0], entries[1] | {"run": "forged"}, entries[2]]


@pytest.mark.parametrize(
    ("forge", "named"),
    [
        (reordered, "2024-03-02/0001: does not follow the entry before it"),
        (rehashed, "2024-03-02/0003: does not follow"),
        (edited, "2024-03-02/0002: its content does not match"),
        (lambda entries: entries[:1] + entries[2:], "2024-03-02/0003: does not follow"),
        (lambda entries: entries[1:], "2024-03-02/0002: does not follow the last entry of 2024-03-01"),
        (lambda entries: entries[:2], "2024-03-02/0002: is the last, but not the manifest's"),
        (lambda entries: [], "snapshot/2024-03-02: its empty ledger does not end with the last entry of"),
    ],
)
def test_a_broken_chain_is_refused_naming_the_entry_each_time(tagged, ledgers, forge, named):
    open_archive(tagged)
    write(tagged, "2024-03-02", ledgers)
    write_entries(tagged / "data" / "ledger.jsonl", forge(ledgers["2024-03-02"]))
    tag(tagged, "2024-03-02")
    for _ in range(2):
        with pytest.raises(RefusedError, match=named) as refusal:
            open_archive(tagged)
        assert str(refusal.value).endswith("run raie snapshot verify")
        assert "\n" not in str(refusal.value)


def test_a_run_that_ends_elsewhere_is_refused_though_its_manifest_agrees(tagged, ledgers):
    write(tagged, "2024-03-02", ledgers | {"2024-03-02": ledgers["2024-03-02"][:2]})
    tag(tagged, "2024-03-02")
    with pytest.raises(RefusedError, match="ledger entry 2024-03-04/0001: does not follow the last entry of"):
        open_archive(tagged)


def test_true_entries_written_otherwise_are_accepted(tagged, ledgers):
    write(tagged, "2024-03-04", ledgers)
    lines = [json.dumps(entry, indent=None) for entry in ledgers["2024-03-04"]]
    (tagged / "data" / "ledger.jsonl").write_text("\n".join(lines) + "\n")
    expected = open_archive(tagged).edits()
    tag(tagged, "2024-03-04")
    assert_frame_equal(open_archive(tagged).edits(), expected)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("manifest.json", "{", "is not as the run wrote it"),
        ("manifest.json", "[1]", "is not as the run wrote it"),
        ("ledger.jsonl", "{\n", "ledger line 1 is not JSON"),
        ("ledger.jsonl", "[]\n", "ledger line 1 is not an object"),
    ],
)
def test_a_document_of_another_shape_is_refused_naming_the_tag(tagged, ledgers, name, content, said):
    write(tagged, "2024-03-04", ledgers)
    (tagged / "data" / name).write_text(content)
    tag(tagged, "2024-03-04")
    with pytest.raises(RefusedError, match=f"snapshot/2024-03-04: .*{said}.*run raie snapshot verify"):
        open_archive(tagged)
