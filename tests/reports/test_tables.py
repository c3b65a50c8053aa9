"""Listings: rows read from real tags, and printed whatever they hold."""

import pytest

from raie.reports.tables import edit_counts, print_rows


def test_without_rows_a_table_says_so(capsys):
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


def test_a_table_shows_what_it_was_given(capsys):
    print_rows([{"region": "r0004", "bic_gain": 12.5, "angle_moved": None}], title="Region r0004")
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


def test_nothing_is_cut_short_where_the_frame_does_not_fit(capsys):
    row = {f"column_{number}": "x" * 30 for number in range(8)}
    print_rows([row], title="wide")
    title, header, *_, line = capsys.readouterr().out.splitlines()
    assert title == "wide" and header.split("  ")[0].strip() == "column 0"
    assert line.split() == list(row.values())
