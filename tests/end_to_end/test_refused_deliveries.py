"""Bad files are kept with their reasons and stop no night; a delivery refused as a whole changes nothing."""

import csv
import json
import shutil

import pandas as pd
import pytest
import yaml

from raie.interactions.days import read_days
from raie.snapshots.opened import open_output
from raie.snapshots.tags import list_snapshots
from tests.end_to_end.commands import git, run_raie

pytestmark = pytest.mark.end_to_end

TIME = 1_709_516_400  # 2024-03-04 01:40 UTC
HEADER = "user_id,item_id,timestamp\n"
GOOD = f"u0001,i0001,{TIME}\n"
BAD = {
    "bad.csv": (HEADER + GOOD + "u1,i1,yesterday\n", ("bad.csv, line 3", "timestamp", "yesterday")),
    "future.csv": (HEADER + GOOD + f"u1,i1,{TIME + 10**8}\n", ("future.csv, line 3", "timestamp")),
    "columns.csv": ("user_id,when\nu1,5\n", ("columns.csv", "item_id")),
}


def copy_of(repository, folder):
    shutil.copytree(repository, folder, symlinks=True)
    for file in (folder / "data/inbox").glob("*.parquet"):
        file.unlink()
    return folder


def set_params(folder, **sections):
    params = yaml.safe_load((folder / "params.yaml").read_text())
    for dotted, values in sections.items():
        section = params
        for key in dotted.split("__"):
            section = section[key]
        section.update(values)
    (folder / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))


def state_of(folder):
    return list_snapshots(folder), git(folder, "rev-parse", "HEAD"), git(folder, "tag", "--list")


@pytest.fixture(scope="module")
def operator(repository, tmp_path_factory):
    """Three bad files and a good one, all in one night."""
    folder = copy_of(repository, tmp_path_factory.mktemp("bad") / "project")
    for name, (content, _) in BAD.items():
        (folder / "data/inbox" / name).write_text(content)
    (folder / "data/inbox/good.csv").write_text(HEADER + f"u0002,i0001,{TIME}\n")
    (folder / "data/inbox/good-again.csv").write_text(HEADER + f"u0002,i0001,{TIME}\n")
    done = run_raie(folder, "nightly", "--date", "2024-03-04")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_the_night_goes_on_without_the_bad_files(operator):
    assert list_snapshots(operator)[-1] == "2024-03-04"
    rows = read_days(open_output(operator, "2024-03-04", "raw"), since="2024-03-04")
    assert rows[["user_id", "item_id"]].to_numpy().tolist() == [["u0002", "i0001"]]
    assert git(operator, "status", "--porcelain", "--", ".", ":!params.yaml") == ""


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_kept_with_its_reason(operator, name):
    content, words = BAD[name]
    (kept,) = (operator / "data/quarantine").rglob(name)
    assert kept.read_text() == content
    assert not (operator / "data/inbox" / name).exists()
    gate = json.loads(git(operator, "show", "snapshot/2024-03-04:data/gates/interactions.json"))
    (verdict,) = [file for file in gate["files"] if file["file"] == name]
    assert not verdict["passed"]
    for word in words:
        assert word in verdict["headline"]


def test_good_files_leave_the_inbox(operator):
    assert not list((operator / "data/inbox").glob("good*"))


def test_reasons_are_kept_row_by_row(operator):
    files = sorted((operator / "data/quarantine").rglob("refusals.csv"))
    rows = [row for file in files for row in csv.DictReader(file.open())]
    assert {"file", "line", "column", "value", "reason", "remedy"} <= rows[0].keys()
    assert {row["file"] for row in rows} >= {"bad.csv", "future.csv"}


def test_too_much_at_once_refuses_the_delivery_and_changes_nothing(operator):
    before = state_of(operator)
    times = TIME + 86_400 + pd.RangeIndex(40_000)
    flood = pd.DataFrame({"user_id": "u0001", "item_id": "i0002", "timestamp": times})
    flood.to_csv(operator / "data/inbox/flood.csv", index=False)
    done = run_raie(operator, "nightly", "--date", "2024-03-05")
    assert done.returncode == 1, done.stdout + done.stderr
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("raie: ")]
    assert "max_volume_ratio" in line
    assert state_of(operator) == before
    (kept,) = (operator / "data/quarantine").rglob("flood.csv")
    assert len(kept.read_text().splitlines()) == 40_001
    summary = json.loads((operator / "reports/2024-03-05/summary.json").read_text())
    assert summary["status"] == "refused delivery"
