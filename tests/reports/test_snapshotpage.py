"""One snapshot on a page: what is known is told, what is not is left out."""

import pandas as pd
import pytest

from raie.reports.snapshotpage import artefact_rows, gate_rows, page_facts, page_title, region_rows
from tests.reports.test_snapshotlist import LONGEST

KNOWN = LONGEST | {
    "run": "nightly 2024-03-04",
    "commit": "c" * 40,
    "ledger_head": "ee" * 32,
    "heldout_windows": 4321,
    "base_recall": 0.2,
    "forward_recall": None,
    "forward_base_recall": None,
}


def facts(manifest=None, operations=None, parents=(), **known):
    return page_facts(KNOWN | known, manifest or {}, operations=operations or {}, parents=parents)


@pytest.mark.parametrize(
    ("status", "title"),
    [
        ("champion", "Snapshot 2024-03-04, the champion"),
        ("earlier", "Snapshot 2024-03-04, an earlier champion"),
        ("refused", "Candidate 2024-03-04, refused"),
    ],
)
def test_the_title_says_what_became_of_it(status, title):
    assert page_title({"status": status, "snapshot": "2024-03-04", "ref": "candidate/2024-03-04"}) == title


def test_parents_data_edits_and_metrics_are_told():
    raw = {"raw": {"2024-03-03.parquet": "", "2024-03-04.parquet": ""}}
    told = facts({"artefacts": raw}, {"update": 5, "merge": 1}, ("a" * 40, "b" * 40))
    assert told["code"] == "a" * 40
    assert told["previous"] == f"2024-03-03-12 -> {'b' * 40}"
    assert told["raw data"] == "2023-01-01 to 2024-03-04, 2 days with events"
    assert told["delivery"] == "12,345,678 rows accepted, 1 refused"
    assert told["edits"] == "5 update, 1 merge"
    assert told["held-out Set-up"] == "Recall@10 0.2500 (base alone 0.2000), NDCG@10 0.1250, 4,321 windows"
    assert told["root hash"] == "ab" * 32


def test_what_is_not_known_is_left_out():
    unknown = ("run", "previous", "first_day", "n_accepted", "heldout_windows", "heldout_recall")
    told = facts(**dict.fromkeys((*unknown, "heldout_ndcg", "newest_recall", "root_hash"), None))
    assert told.keys() == {"kind", "tag", "edits", "ledger head"}
    assert told["edits"] == "none"


@pytest.mark.parametrize(
    ("night", "said"),
    [
        ({"restored": "2024-03-01"}, "back to 2024-03-01"),
        ({"restored": "2024-03-01", "restored_region": "r0002"}, "back to 2024-03-01, region r0002 alone"),
        ({"erasure": ["ab", "cd"]}, "events of 2 users taken out"),
    ],
)
def test_what_a_person_decided_is_told(night, said):
    assert facts({"night": night})["restored"] == said
    assert "restored" not in facts({"night": dict.fromkeys(night)})


def test_regions_are_told_by_training_and_by_every_part_of_the_metrics():
    scores = {"windows": 3, "recall_at_10": 0.5, "ndcg_at_10": 0.25}
    part = {"routed": {"recall_at_10": 0.5}}
    rows = region_rows(
        {
            "training": {"r0002": {"trained": False}, "r0001": {"trained": True, "norm": {"mean": 0.5}}},
            "metrics": {
                "setup_heldout": {**part, "regions": {"r0001": scores}},
                "forward": {**part, "regions": {"r0003": scores}},
            },
        }
    )
    assert [row["region"] for row in rows] == ["r0001", "r0002", "r0003"]
    assert (rows[0]["trained"], rows[0]["change norm"], rows[0]["held-out ndcg"]) == ("yes", 0.5, 0.25)
    assert (rows[1]["trained"], rows[1].get("held-out recall")) == ("no", None)
    assert (rows[2]["forward recall"], rows[2]["forward windows"]) == (0.5, 3)


def test_gates_stand_in_the_order_of_the_pipeline_and_unknown_ones_last():
    names = ["another", "promotion", "metrics", "interactions"]
    said = [None, False, True, True]
    table = pd.DataFrame({"gate": names, "headline": "", "warnings": [["w"], [], [], []]})
    rows = gate_rows(table.assign(passed=pd.Series(said, dtype=object)))
    assert [row["gate"] for row in rows] == ["interactions", "metrics", "promotion", "another"]
    assert [row["verdict"] for row in rows] == ["passed", "passed", "refused", "not judged"]
    assert [row["warnings"] for row in rows] == [0, 0, 0, 1]


def test_artefacts_are_counted_by_files():
    assert artefact_rows({"artefacts": {"raw": {"a": "", "b": ""}, "regions": {"c": ""}}}) == [
        {"artefact": "raw", "files": 2},
        {"artefact": "regions", "files": 1},
    ]
    assert artefact_rows({}) == []
