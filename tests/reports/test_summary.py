"""Every run ends with a summary, however it ended and whatever it left behind."""

import json
import re

import pandas as pd
import pytest

from raie.interactions.parquetfiles import write_interactions
from raie.interactions.table import day_start
from raie.reports.documents import read_run
from raie.reports.gatedocuments import ORDER
from raie.reports.gatespage import render_gates
from raie.reports.summary import Outcome, summarise, write_summary
from raie.snapshots.git import git
from tests.reports.rundocuments import (
    EDITS,
    HOSTILE,
    INTERACTIONS,
    METRICS,
    PROMOTION,
    Outline,
    a_check,
    a_gate,
    edit_lines,
)

DATE = "2024-03-05"
SECONDS = {"ingest": 7.125, "adapt": 130.5}
KEPT = f"data/quarantine/{DATE}"
PROMOTED = Outcome(DATE, f"nightly {DATE}", "promoted", seconds=SECONDS, tag=f"snapshot/{DATE}")
REFUSED = Outcome(DATE, f"nightly {DATE}", "refused candidate", kept=KEPT, tag=f"candidate/{DATE}")
OUTCOMES = (
    PROMOTED,
    REFUSED,
    Outcome(DATE, f"nightly {DATE}", "refused delivery", error="too many rows", kept=KEPT),
    Outcome(DATE, f"nightly {DATE}", "failed", error="dvc repro edit: killed"),
)


@pytest.fixture
def promoted(tagged):
    """The repository after the promotion: `tagged` and this night's tag."""
    git(tagged, "tag", "--annotate", "--no-sign", f"snapshot/{DATE}", "snapshot/2024-03-04", "-m", DATE)
    return tagged


@pytest.fixture
def repository_of(tagged, request):
    """The repository as the outcome leaves it."""
    return lambda outcome: request.getfixturevalue("promoted") if outcome.status == "promoted" else tagged


def test_all_well_is_one_line(promoted, tree):
    document = summarise(promoted, tree, outcome=PROMOTED)
    assert document["watch"] == []
    done = "1,419 sequences, 3 regions touched, 1 added, 1 merged, 1 retired"
    assert document["headline"] == f"{DATE}: promoted. {done}; nothing to watch."


def test_numbers_are_those_of_the_documents(promoted, tree):
    folder = write_summary(promoted, tree, outcome=PROMOTED)
    document = json.loads((folder / "summary.json").read_text())
    counts, forward = INTERACTIONS["counts"], METRICS["forward"]
    came_in = document["came_in"]
    assert {name: came_in[name] for name in ("rows", "accepted", "duplicates")} == {
        name: counts[name] for name in ("rows", "accepted", "duplicates")
    }
    assert (came_in["sequences"], came_in["files"]) == (forward["windows"], INTERACTIONS["files"])
    changed = document["changed"]["forward"]
    assert (changed["recall"], changed["ndcg"]) == (0.4375, 0.25)
    assert (changed["fallback_share"], changed["ambiguous_share"]) == (0.0625, 0.125)
    assert document["changed"]["retention"]["recall"] == METRICS["setup_heldout"]["routed"]["recall_at_10"]
    for given, told in zip(PROMOTION["checks"], document["changed"]["checks"], strict=True):
        assert told == {**given, "lost": False}
    assert document["edited"] == {
        "updates": 700, "expands": 90, "adds": 1, "rejects": 1, "merges": 1, "retires": 1,
        "added": ["r0005"], "merged": [["r0002", "r0003"]], "retired": ["r0004"],
        "constructed": [], "renewed": [], "ended": [],
        "touched": ["r0001", "r0002", "r0005"], "regions": 4,
    }  # fmt: skip
    assert document["seconds"] == SECONDS
    assert [gate["gate"] for gate in document["gates"]] == list(ORDER)
    assert document["alarm"]["recommend_retrain"] is False


def test_the_gates_page_lies_beside_it(promoted, tree):
    folder = write_summary(promoted, tree, outcome=PROMOTED)
    assert (folder / "gates.html").read_text() == render_gates(tree / "data" / "gates")
    (link,) = Outline((folder / "summary.html").read_text()).values("href")
    assert (folder / link).is_file()


@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda outcome: outcome.status)
def test_every_outcome_is_told(repository_of, tree, outcome):
    repository = repository_of(outcome)
    folder = write_summary(repository, tree, outcome=outcome)
    document = json.loads((folder / "summary.json").read_text())
    assert document["status"] == outcome.status
    assert bool(document["watch"]) is (outcome.status != "promoted")
    assert folder == repository / "reports" / DATE
    page, text = (folder / "summary.html").read_text(), (folder / "summary.txt").read_text()
    for shown in (Outline(page).text, text):
        for line in (document["headline"], *document["watch"]):
            assert line in shown
    if outcome.status != "promoted":
        assert "2024-03-04 stays champion" in document["headline"]
    if outcome.error:
        assert outcome.error in document["headline"]
    if outcome.kept:
        assert any(outcome.kept in line for line in document["watch"])


@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda outcome: outcome.status)
def test_equal_runs_give_equal_summaries(repository_of, tree, outcome):
    repository = repository_of(outcome)
    first = {
        file.name: file.read_bytes() for file in write_summary(repository, tree, outcome=outcome).iterdir()
    }
    again = write_summary(repository, tree, outcome=outcome)
    assert {file.name: file.read_bytes() for file in again.iterdir() if file.is_file()} == first


@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda outcome: outcome.status)
def test_a_browser_needs_nothing_else(repository_of, tree, outcome):
    page = (write_summary(repository_of(outcome), tree, outcome=outcome) / "summary.html").read_text()
    parsed = Outline(page)
    assert not {"script", "link", "img", "iframe", "object", "base"} & set(parsed.tags)
    assert parsed.values("href") == ["gates.html"]
    assert not re.search(r"https?:|url\(|@import|//\w", page)
    ids = parsed.values("id")
    assert len(ids) == len(set(ids))
    assert set(parsed.values("aria-labelledby")) == set(ids)


DOCUMENTS = (
    "params.yaml",
    "data/night.json",
    "data/metrics.json",
    "data/training.json",
    "data/decisions/edits.jsonl",
    *(f"data/gates/{name}.json" for name in ORDER),
)


@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda outcome: outcome.status)
@pytest.mark.parametrize("reached", range(len(DOCUMENTS) + 1))
def test_a_run_may_end_anywhere(repository_of, tree, outcome, reached):
    for name in DOCUMENTS[reached:]:
        (tree / name).unlink()
    folder = write_summary(repository_of(outcome), tree, outcome=outcome)
    document = json.loads((folder / "summary.json").read_text())
    assert document["status"] == outcome.status
    assert not any("cannot be read" in line for line in document["watch"])


def test_even_without_a_work_tree(tagged, tmp_path):
    document = summarise(tagged, tmp_path / "nowhere", outcome=OUTCOMES[-1])
    assert document["came_in"]["rows"] is None
    assert {gate["status"] for gate in document["gates"]} == {"not judged"}


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "null", '"text"', "[[[", "\x00", "3", '{"forward": 1, "edit": 2, "counts": []}'],
)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_corrupt_document_is_told_and_costs_nothing_else(promoted, tree, name, content):
    (tree / name).write_text(content)
    folder = write_summary(promoted, tree, outcome=PROMOTED)
    document = json.loads((folder / "summary.json").read_text())
    told = [line for line in document["watch"] if "cannot be read" in line]
    assert all(name.rpartition("/")[2] in line for line in told)
    assert (document["came_in"]["accepted"] == 1500) or name == "data/gates/interactions.json"


def test_corrupt_documents_are_told(promoted, tree):
    for name in DOCUMENTS[2:]:
        (tree / name).write_bytes(b"\xff{")
    document = summarise(promoted, tree, outcome=PROMOTED)
    assert sum("cannot be read" in line for line in document["watch"]) == len(DOCUMENTS) - 2


def test_a_folder_where_a_document_should_be_is_told(promoted, tree):
    (tree / "data/metrics.json").unlink()
    (tree / "data/metrics.json").mkdir()
    assert any("metrics.json" in line for line in summarise(promoted, tree, outcome=PROMOTED)["watch"])


def test_what_is_no_number_is_not_known(promoted, tree):
    (tree / "data/metrics.json").write_text(
        '{"forward": {"windows": 3, "fallback_share": NaN, "routed": {"recall_at_10": Infinity}}}'
    )
    folder = write_summary(promoted, tree, outcome=PROMOTED)
    forward = json.loads((folder / "summary.json").read_text())["changed"]["forward"]
    assert (forward["fallback_share"], forward["recall"]) == (None, None)


def test_what_comes_from_outside_is_text(tagged, tree, write):
    file = {**INTERACTIONS["files"][0], "file": HOSTILE, "passed": False, "headline": HOSTILE}
    gate = {**INTERACTIONS, "passed": False, "headline": HOSTILE, "files": [file], "warnings": [HOSTILE]}
    write("data/gates/interactions.json", {**gate, "reasons": {HOSTILE: 2}})
    write("data/decisions/edits.jsonl", edit_lines([("add", HOSTILE, [], 3), ("merge", "x", [HOSTILE], 0)]))
    outcome = Outcome(DATE, HOSTILE, "failed", error=HOSTILE, seconds={HOSTILE: 1.0}, kept=HOSTILE)
    folder = write_summary(tagged, tree, outcome=outcome)
    parsed = Outline((folder / "summary.html").read_text())
    assert "script" not in parsed.tags
    assert not parsed.values("src")
    assert parsed.text.count("alert(1)") >= 8
    text = (folder / "summary.txt").read_text()
    assert "\u202e" not in text + parsed.text
    assert json.loads((folder / "summary.json").read_text())["came_in"]["files"][0]["file"] == HOSTILE


def test_a_refused_candidate_is_explained(tagged, tree, write):
    lost = a_check("retention", -0.06, reason="beyond the margin and beyond chance")
    headline = "refused: retention fell by 0.060"
    write("data/gates/promotion.json", {"promoted": False, "headline": headline, "checks": [lost], "k": 10})
    document = summarise(tagged, tree, outcome=REFUSED)
    assert document["headline"] == (
        f"{DATE}: candidate refused; 2024-03-04 stays champion. promotion: retention fell by 0.060"
    )
    (line,) = document["watch"]
    assert f"candidate/{DATE}" in line


def test_a_gate_that_refuses_gives_the_reason(tagged, tree, write):
    write("data/gates/regions.json", a_gate("regions", passed=False, headline="too many are new"))
    document = summarise(tagged, tree, outcome=REFUSED)
    assert document["refused"]["why"] == ["regions: too many are new"]


@pytest.mark.parametrize(
    ("check", "watched"),
    [
        (a_check("retention of r0001", -0.03, margin=0.05, reason="within the margin"), True),
        (
            a_check("retention of r0001", -0.03, half=0.04, reason="beyond the margin, but it may be chance"),
            True,
        ),
        (a_check("retention of r0001", -0.003, reason="within the margin"), False),
        (a_check("retention of r0001", -0.03, judged=False, reason="3 windows"), False),
        (a_check("retention of r0001", 0.03), False),
    ],
)
def test_losses_that_did_not_refuse_are_watched(promoted, tree, write, check, watched):
    write("data/gates/promotion.json", {**PROMOTION, "checks": [check]})
    lines = summarise(promoted, tree, outcome=PROMOTED)["watch"]
    assert len(lines) == watched
    for line in lines:
        assert line.startswith("retention of r0001: ")
        assert line.endswith(check["reason"])


def test_warnings_and_the_alarm_are_watched(promoted, tree, write):
    write("data/gates/sequences.json", a_gate("sequences", warnings=["most events have no window"]))
    write("params.yaml", "alarm: {max_fallback_share: 0.01}\n")
    document = summarise(promoted, tree, outcome=PROMOTED)
    assert document["alarm"]["recommend_retrain"] is True
    assert document["watch"] == [document["alarm"]["text"], "sequences: most events have no window"]
    assert document["headline"].endswith("2 things to watch.")


def test_refused_files_of_a_promoted_night_are_watched(promoted, tree, write):
    bad = {**INTERACTIONS["files"][0], "file": "b.csv", "passed": False}
    write("data/gates/interactions.json", {**INTERACTIONS, "files": [*INTERACTIONS["files"], bad]})
    outcome = Outcome(DATE, "nightly", "promoted", kept=KEPT)
    (line,) = summarise(promoted, tree, outcome=outcome)["watch"]
    assert line.startswith("1 file refused")
    assert KEPT in line


def test_an_error_after_the_promotion_is_watched(promoted, tree):
    outcome = Outcome(DATE, "nightly", "promoted", error="MLflow is down")
    (line,) = summarise(promoted, tree, outcome=outcome)["watch"]
    assert "MLflow is down" in line


def test_nights_refused_in_a_row_are_counted(tagged, tree):
    (tagged / "data/quarantine/2024-03-06").mkdir(parents=True)
    (tagged / "data/quarantine/2024-03-04").mkdir()
    git(tagged, "tag", f"candidate/{DATE}", "HEAD")
    git(tagged, "tag", f"candidate/{DATE}-2", "HEAD")
    third = Outcome("2024-03-07", "nightly", "refused delivery", kept="data/quarantine/2024-03-07")
    lines = summarise(tagged, tree, outcome=third)["watch"]
    assert any("3 nights were refused in a row (2024-03-05 to 2024-03-07)" in line for line in lines)
    failed = Outcome("2024-03-07", "nightly", "failed", error="killed")
    assert any("2 nights were refused" in line for line in summarise(tagged, tree, outcome=failed)["watch"])


@pytest.mark.parametrize(
    ("kind", "words"),
    [("construct", "Generation 2 begins: 1,419 sequences, 4 regions"), ("retrain", "Generation 2 begins")],
)
def test_a_generation_that_begins_is_told(promoted, tree, write, kind, words):
    write("data/night.json", {"kind": kind, "generation": 2})
    document = summarise(promoted, tree, outcome=PROMOTED)
    assert words in document["headline"]
    assert (document["kind"], document["generation"]) == (kind, 2)


def test_a_night_without_a_delivery_is_told(promoted, tree, write):
    write("data/metrics.json", {"forward": {"windows": 0}, "setup_heldout": METRICS["setup_heldout"]})
    write("data/decisions/edits.jsonl", "")
    headline = summarise(promoted, tree, outcome=PROMOTED)["headline"]
    assert headline == f"{DATE}: promoted. No sequences arrived; nothing to watch."


def test_edits_are_read_as_they_were_written(tree):
    edits = read_run(tree).edits
    assert [(each.operation, each.region, list(each.parents), each.n_sequences) for each in edits] == list(
        EDITS
    )


def test_late_events_are_counted(promoted, tree, write):
    times = [day_start("2024-03-05"), day_start("2024-03-05") - 1, day_start("2024-03-04") - 1]
    rows = pd.DataFrame({"user_id": "u", "item_id": "i", "timestamp": times, "rating": 1.0})
    write_interactions(rows, tree / "data/accepted/interactions.parquet")
    assert summarise(promoted, tree, outcome=PROMOTED)["came_in"]["late"] == 2
    write("params.yaml", "nights: {days: 2}\n")
    assert summarise(promoted, tree, outcome=PROMOTED)["came_in"]["late"] == 1
    write("data/night.json", {"kind": "retrain"})
    assert summarise(promoted, tree, outcome=PROMOTED)["came_in"]["late"] is None


@pytest.mark.parametrize("content", [b"", b"PAR1", b"not Parquet"])
def test_accepted_events_that_cannot_be_read_are_not_known(promoted, tree, content):
    (tree / "data/accepted").mkdir()
    (tree / "data/accepted/interactions.parquet").write_bytes(content)
    assert summarise(promoted, tree, outcome=PROMOTED)["came_in"]["late"] is None


def test_trouble_after_the_end_is_watched(promoted, tree):
    outcome = Outcome(DATE, "nightly", "promoted", trouble=("track: MLflow is down",))
    assert summarise(promoted, tree, outcome=outcome)["watch"] == ["track: MLflow is down"]
