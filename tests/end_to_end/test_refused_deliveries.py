"""A bad delivery stops the night, is kept with its reasons, and changes nothing."""

import csv
import shutil

import pytest

from raie.snapshots.tags import list_snapshots
from tests.end_to_end.commands import git, run_raie

pytestmark = pytest.mark.end_to_end

DAY = "2024-03-04"
TIME = 1_709_516_400  # 2024-03-04 01:40 UTC
HEADER = "user_id,item_id,timestamp\n"
GOOD = f"u0001,i0001,{TIME}\n"


@pytest.fixture(scope="module")
def operator(repository, tmp_path_factory):
    """A copy whose inbox is empty, to be filled with bad deliveries."""
    folder = tmp_path_factory.mktemp("bad") / "project"
    shutil.copytree(repository, folder, symlinks=True)
    for file in (folder / "data/inbox").glob("*.parquet"):
        file.unlink()
    return folder


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("bad.csv", HEADER + GOOD + "u1,i1,yesterday\n", ("bad.csv, line 3", "timestamp", "yesterday")),
        ("future.csv", HEADER + GOOD + f"u1,i1,{TIME + 10**8}\n", ("future.csv, line 3", "timestamp")),
        ("columns.csv", "user_id,when\nu1,5\n", ("columns.csv", "item_id")),
    ],
)
def test_the_night_stops_and_nothing_changes(operator, name, content, words):
    before = (list_snapshots(operator), git(operator, "rev-parse", "HEAD"), git(operator, "tag", "--list"))
    (operator / "data/inbox" / name).write_text(content)
    done = run_raie(operator, "nightly", "--date", DAY)
    assert done.returncode == 1, done.stdout + done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("raie: ")]
    for word in words:
        assert word in line
    assert (
        list_snapshots(operator),
        git(operator, "rev-parse", "HEAD"),
        git(operator, "tag", "--list"),
    ) == before
    assert git(operator, "status", "--porcelain") == ""
    kept = sorted((operator / "data/quarantine").rglob(name))
    assert kept and kept[-1].read_text() == content
    assert not (operator / "data/inbox" / name).exists()


def test_reasons_are_kept_row_by_row(operator):
    files = sorted((operator / "data/quarantine").rglob("refusals.csv"))
    rows = [row for file in files for row in csv.DictReader(file.open())]
    assert {"file", "line", "column", "value", "reason", "remedy"} <= rows[0].keys()
    assert {row["file"] for row in rows} >= {"bad.csv", "future.csv"}


def test_a_night_without_a_delivery_follows(operator):
    done = run_raie(operator, "nightly", "--date", DAY)
    assert done.returncode == 0, done.stdout + done.stderr
    assert list_snapshots(operator)[-1] == DAY
