"""A long table without a frame says what a framed one says."""

import pytest

from raie.reports.longtable import table_lines
from raie.reports.tables import LONG, print_rows


def test_columns_stand_below_each_other():
    assert list(table_lines(["id", "n"], [["a", "long"], ["1", "20"]], right=[False, True])) == [
        "id     n",
        "----  --",
        "a      1",
        "long  20",
    ]


@pytest.mark.parametrize("n_rows", [LONG, LONG + 1])
def test_every_row_is_printed_however_many_there_are(capsys, n_rows):
    rows = [{"number": number, "share": 0.5, "none": None, "text": "[b]"} for number in range(n_rows)]
    print_rows(rows, title="Many")
    out = capsys.readouterr().out
    assert out.count("0.5000") == out.count("[b]") == n_rows
    assert "Many" in out.splitlines()[0]
    assert ("│" in out) == (n_rows == LONG)
