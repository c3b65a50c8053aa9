"""Listings: rows read from real tags, and printed whatever they hold."""

import json

import pytest

from raie.exceptions import MissingError
from raie.reports.tables import edit_counts, history_rows, print_rows, snapshot_rows


def test_one_row_per_snapshot(tagged):
    rows = snapshot_rows(tagged)
    assert [(row["snapshot"], row["previous"]) for row in rows] == [
        ("2024-03-01", ""),
        ("2024-03-02", "2024-03-01"),
        ("2024-03-04", "2024-03-02"),
    ]
    assert rows[0] == {
        "snapshot": "2024-03-01",
        "previous": "",
        "regions": 2,
        "heldout_recall_at_10": 0.25,
        "heldout_ndcg_at_10": 0.125,
        "root_hash": "ab" * 6,
    }


def test_without_snapshots_there_are_no_rows(repository, capsys):
    assert snapshot_rows(repository) == []
    assert history_rows(repository, region=None, as_of=None) == []
    print_rows([])
    assert "nothing" in capsys.readouterr().out


def test_edits_of_a_snapshot_are_counted(tagged, story):
    night = story["2024-03-02"]
    assert edit_counts(tagged, "2024-03-02") == {
        "updates": night[0].n_sequences,
        "expands": night[1].n_sequences,
        "adds": 1,
        "rejects": 0,
        "merges": 0,
        "retires": 0,
    }
    counts = edit_counts(tagged, "2024-03-04")
    assert [counts[name] for name in ("updates", "rejects", "merges", "retires")] == [0, 1, 1, 1]


def test_one_row_per_ledger_entry(tagged, ledgers):
    rows = history_rows(tagged, region=None, as_of=None)
    entries = [entry for each in ledgers.values() for entry in each]
    assert [row["hash"] for row in rows] == [entry["hash"][:12] for entry in entries]
    assert rows[5]["operation"] == "add"
    assert (rows[5]["parents"], rows[5]["bic_gain"], rows[5]["angle_moved"]) == ("r0002", 12.5, None)
    json.dumps(rows)


def test_rows_of_one_region_and_of_an_earlier_time(tagged):
    rows = history_rows(tagged, region="r0003", as_of=None)
    assert [row["operation"] for row in rows] == ["construct", "retire"]
    assert len(history_rows(tagged, region=None, as_of="2024-03-02")) == 6
    with pytest.raises(MissingError, match="no region r0009"):
        history_rows(tagged, region="r0009", as_of=None)


def test_a_table_shows_what_it_was_given(tagged, capsys):
    print_rows(history_rows(tagged, region="r0004", as_of=None), title="Region r0004")
    out = capsys.readouterr().out
    assert "Region r0004" in out
    assert "bic gain" in out
    assert "12.5000" in out
    assert " - " in out


def test_rows_may_have_columns_of_their_own(capsys):
    print_rows([{"k": 1, "recall_at_10": 0.5}, {"k": 2, "recall_at_20": 0.75}])
    header, *rows = [line for line in capsys.readouterr().out.splitlines() if "│" in line or "┃" in line]
    assert [name.strip() for name in header.strip("┃").split("┃")] == ["k", "recall at 10", "recall at 20"]
    assert [[cell.strip() for cell in row.strip("│").split("│")] for row in rows] == [
        ["1", "0.5000", "-"],
        ["2", "-", "0.7500"],
    ]


@pytest.mark.parametrize("item", ["[/bold]", "[red]item", ":smile:", "[link=http://x]y"])
def test_ids_are_printed_as_they_are(item, capsys):
    print_rows([{"item_id": item}])
    assert item in capsys.readouterr().out
