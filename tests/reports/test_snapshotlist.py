"""The list of snapshots: a line for people that never breaks, every column for programs."""

import json

import pandas as pd
import pytest

from raie.reports.snapshotlist import list_title, snapshot_records, snapshot_rows
from raie.reports.tables import print_rows

LONGEST = {
    "ref": "candidate/2024-03-04-12",
    "snapshot": "2024-03-04-12",
    "date": "2024-03-04",
    "kind": "construct",
    "generation": 12,
    "previous": "2024-03-03-12",
    "status": "refused",
    "n_regions": 1200,
    "first_day": "2023-01-01",
    "last_day": "2024-03-04",
    "n_accepted": 12_345_678,
    "n_refused": 1,
    "k": 10,
    "heldout_recall": 0.25,
    "heldout_ndcg": 0.125,
    "newest_recall": 0.5,
    "root_hash": "ab" * 32,
}


def table(*rows):
    return pd.DataFrame([LONGEST | row for row in rows]).astype({"n_accepted": "Int64", "k": "Int64"})


def test_the_longest_line_fits_180_columns_unbroken(capsys):
    snapshots = table({}, {"status": "champion", "snapshot": "2024-03-04-13", "kind": "nightly"})
    print_rows(snapshot_rows(snapshots), title=list_title(snapshots))
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 180
    (line,) = [line for line in lines if "candidate/" in line]
    for cell in ("candidate/2024-03-04-12", "2024-03-03-12", "construct", "12345678", "ab" * 6):
        assert cell in line
    assert sum("│" in line for line in lines) == 2


def test_a_snapshot_is_named_by_its_id_and_a_candidate_by_its_tag():
    rows = snapshot_rows(table({}, {"status": "earlier"}, {"status": "champion"}))
    assert [row["snapshot"] for row in rows] == ["candidate/2024-03-04-12", "2024-03-04-12", "2024-03-04-12"]


@pytest.mark.parametrize(("ks", "said", "column"), [([10, 10], "@10", False), ([10, 20], "@k", True)])
def test_the_length_of_the_lists_is_said_once_or_per_snapshot(ks, said, column):
    snapshots = table(*({"k": k} for k in ks))
    assert f"Recall{said}" in list_title(snapshots)
    assert [("k" in row) for row in snapshot_rows(snapshots)] == [column] * len(ks)


def test_what_is_not_known_is_null_in_json_and_a_dash_for_people(capsys):
    snapshots = table({"n_accepted": pd.NA, "newest_recall": float("nan"), "root_hash": None, "k": pd.NA})
    (record,) = json.loads(json.dumps(snapshot_records(snapshots), allow_nan=False))
    assert record | {"n_accepted": None, "newest_recall": None, "root_hash": None} == record
    print_rows(snapshot_rows(snapshots))
    assert capsys.readouterr().out.count(" - ") == 3
