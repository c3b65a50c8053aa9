"""The chronicle as gathered from a repository, and the command that writes the page."""

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from raie.audit.gather import nights_until, read_chronicle
from raie.audit.write import write_page
from raie.cli import App
from raie.exceptions import MissingError, UsageError


def test_replaying_gives_the_stored_set(tagged, regions):
    chronicle = read_chronicle(tagged, None)
    assert list(chronicle.sets) == ["2024-03-01", "2024-03-02", "2024-03-04"]
    last = chronicle.sets["2024-03-04"]
    assert last.ids == regions.ids
    np.testing.assert_array_equal(last.centers_, regions.centers_)
    assert chronicle.members == {}
    assert chronicle.descriptions == {}


def test_as_of_a_snapshot_nothing_later_is_known(tagged):
    chronicle = read_chronicle(tagged, "2024-03-02")
    assert chronicle.as_of == "2024-03-02"
    for table in (chronicle.nights, chronicle.edits, chronicle.metrics):
        assert set(table["snapshot"]) <= {"2024-03-01", "2024-03-02"}


def test_candidates_count_until_the_date():
    rows = [
        ("2024-03-01", "earlier"), ("2024-03-01", "refused"), ("2024-03-02", "earlier"),
        ("2024-03-02-2", "earlier"), ("2024-03-02", "refused"), ("2024-03-03", "champion"),
    ]  # fmt: skip
    table = pd.DataFrame(
        [
            {"snapshot": name, "date": name[:10], "status": status, "place": n}
            for n, (name, status) in enumerate(rows)
        ]
    )
    kept = {name: nights_until(table, name)["place"].tolist() for name in ("2024-03-01", "2024-03-02-2")}
    assert kept == {"2024-03-01": [0, 1], "2024-03-02-2": [0, 1, 2, 3, 4]}
    assert nights_until(table, "2024-03-02")["place"].tolist() == [0, 1, 2, 4]


def test_the_command_writes_one_file(tagged, monkeypatch):
    monkeypatch.chdir(tagged)
    done = CliRunner().invoke(App, ["report"], catch_exceptions=False)
    page = tagged / "reports" / "audit.html"
    assert done.stdout.split() == [str(page)]
    assert "2024-03-04" in page.read_text(encoding="utf-8")
    assert [file.name for file in page.parent.iterdir()] == ["audit.html"]
    out = tagged / "elsewhere.html"
    CliRunner().invoke(App, ["report", "--as-of", "2024-03-02", "--out", str(out)], catch_exceptions=False)
    assert "2024-03-04" not in out.read_text(encoding="utf-8")


def test_what_cannot_be_done_is_said(tagged):
    with pytest.raises(UsageError, match="folder that exists"):
        write_page(tagged, tagged / "missing" / "page.html")
    with pytest.raises(UsageError, match="folder that exists"):
        write_page(tagged, tagged)
    with pytest.raises(MissingError, match="2024-03-03"):
        write_page(tagged, tagged / "page.html", as_of="2024-03-03")
    assert not (tagged / "page.html").exists()
