"""Where summaries lie: the newest in front, nothing lost, and how they are asked for."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from raie.exceptions import MissingError, UsageError
from raie.reports.summaryfiles import DOCUMENT, GATES, PAGE, TEXT, find_summary, store_summary

ROOT = Path(__file__).parents[2]


def files(run):
    return {PAGE: f"<p>{run}", TEXT: f"{run}\n", GATES: f"<b>{run}", DOCUMENT: json.dumps({"headline": run})}


def contents(folder):
    return {file.name: file.read_text() for file in folder.iterdir() if file.is_file()}


def test_a_repeated_run_stands_in_front_and_loses_nothing(tmp_path):
    for run in ("first", "second", "third"):
        folder = store_summary(tmp_path, "2024-03-05", files(run))
    assert folder == tmp_path / "reports" / "2024-03-05"
    assert contents(folder) == files("third")
    assert contents(folder / "earlier-1") == files("first")
    assert contents(folder / "earlier-2") == files("second")
    assert {path.name for path in folder.iterdir()} == {*files(""), "earlier-1", "earlier-2"}


def test_what_others_put_there_stays(tmp_path):
    folder = store_summary(tmp_path, "2024-03-05", files("first"))
    (folder / "regions.png").write_bytes(b"png")
    store_summary(tmp_path, "2024-03-05", files("second"))
    assert (folder / "regions.png").read_bytes() == b"png"
    assert not (folder / "earlier-1" / "regions.png").exists()


def test_the_newest_run_is_found_whatever_its_date(tmp_path):
    for place, date in enumerate(("2024-03-05", "2024-03-06", "2024-03-08", "2024-03-07")):
        folder = store_summary(tmp_path, date, files(date))
        os.utime(folder / TEXT, (place, place))
    (tmp_path / "reports" / "regions").mkdir()
    (tmp_path / "reports" / "regions" / TEXT).touch()
    assert find_summary(tmp_path, None, TEXT).read_text() == "2024-03-07\n"
    assert find_summary(tmp_path, "2024-03-06", TEXT).read_text() == "2024-03-06\n"


def test_a_date_never_leads_out_of_the_folder(tmp_path):
    with pytest.raises(UsageError, match="not a date"):
        store_summary(tmp_path, "../elsewhere", files("x"))
    with pytest.raises(UsageError, match="not a date"):
        find_summary(tmp_path, "*", TEXT)
    assert list(tmp_path.iterdir()) == []


def test_no_summary_is_one_line(tmp_path):
    with pytest.raises(MissingError, match="no summary in reports"):
        find_summary(tmp_path, None, TEXT)
    store_summary(tmp_path, "2024-03-05", files("x"))
    with pytest.raises(MissingError, match="no summary of 2024-03-06"):
        find_summary(tmp_path, "2024-03-06", TEXT)


def test_the_command_prints_it(repository):
    def raie(*arguments):
        command = [sys.executable, "-m", "raie.cli", "summary", *arguments]
        environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
        return subprocess.run(
            command, cwd=repository, env=environment, capture_output=True, text=True, check=False
        )

    missing = raie()
    assert missing.returncode == 2
    (line,) = missing.stderr.splitlines()
    assert line.startswith("raie: there is no summary")
    store_summary(repository, "2024-03-05", files("a good night"))
    assert (raie().stdout, raie().returncode) == ("a good night\n", 0)
    assert json.loads(raie("--json", "--date", "2024-03-05").stdout) == {"headline": "a good night"}
