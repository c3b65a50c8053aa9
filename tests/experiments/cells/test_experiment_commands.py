"""`raie experiment run` and `table`, as typed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from raie.cli import App
from raie.exceptions import MissingError, UsageError


@pytest.fixture
def typed(tmp_path):
    """Type a command; results lie in a folder of the test's own."""

    def run(*words):
        place = ("--out" if words[0] == "run" else "--cells", str(tmp_path / "experiments"))
        done = CliRunner().invoke(App, ["experiment", *words, *place])
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done

    return run


def test_a_run_becomes_a_table(typed, dataset):
    words = ("run", "--dataset", str(dataset), "--methods", "frozen,popular-7-days", "--workers", "1")
    done = typed(*words, "--seeds", "0, 1")
    assert "6/6 " in done.stderr, "two backbones, four cells"
    assert "circle-walks0/production/sasrec holds 2 methods" in done.stdout
    by_file, by_name = (typed("table", "--dataset", each).stdout for each in (str(dataset), "circle-walks0"))
    assert by_file == by_name
    page = {form: typed("table", "--dataset", "circle-walks0", "--format", form).stdout for form in FORMS}
    assert all("popular-7-days" in text for text in page.values())
    assert "| circle-walks0, sasrec | 0 | - |" in typed("summary").stdout
    rows = json.loads(page["json"])["rows"]
    assert [row["method"] for row in rows] == ["popular-7-days", "frozen"], "in the order of the methods"


def test_one_command_asks_of_every_protocol_and_dataset(typed, dataset, tmp_path):
    other = tmp_path / "others" / "events.tsv"
    other.parent.mkdir()
    other.write_bytes(dataset.read_bytes())
    words = ("--dataset", str(dataset), "--dataset", str(other), "--protocol", "production,production")
    done = typed("run", *words, "--methods", "popular-7-days", "--seeds", "0", "--workers", "1")
    assert "4/4 others/production/sasrec: popular-7-days, seed 0" in done.stderr
    for name in ("circle-walks0", "others"):
        assert f"{name}/production/sasrec holds 1 methods" in done.stdout
        assert "popular-7-days" in typed("table", "--dataset", name).stdout


FORMS = ("markdown", "latex", "html", "json")


def test_what_cannot_be_done_is_said(typed, dataset):
    with pytest.raises(UsageError, match="seed 'x' is no whole number"):
        typed("run", "--dataset", str(dataset), "--seeds", "x")
    with pytest.raises(UsageError, match="no method 'loar'"):
        typed("run", "--dataset", str(dataset), "--methods", "loar")
    with pytest.raises(UsageError, match="no backbone 'gru'"):
        typed("run", "--dataset", str(dataset), "--backbone", "gru")
    with pytest.raises(UsageError, match="no protocol 'blocks': choose from production, block"):
        typed("run", "--dataset", str(dataset), "--protocol", "blocks")
    with pytest.raises(UsageError, match="name at least one dataset, one backbone and one protocol"):
        typed("run", "--dataset", str(dataset), "--backbone", ",")
    with pytest.raises(UsageError, match="two files would leave their cells in circle-walks0/production"):
        typed("run", "--dataset", str(dataset), "--dataset", str(dataset))
    with pytest.raises(MissingError, match="raie experiment run --dataset nothing"):
        typed("table", "--dataset", "nothing")


def test_after_a_kill_no_worker_lives_and_the_next_run_goes_on(tmp_path, typed, dataset):
    words = ("run", "--dataset", str(dataset), "--methods", "frozen,mole", "--seeds", "0", "--workers", "2")
    command = (sys.executable, "-m", "raie.cli", "experiment", *words, "--out", str(tmp_path / "experiments"))
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        first = process.stderr.readline()
        workers = children_of(process.pid)
        process.kill()
    assert first.startswith("1/7 circle-walks0/production/sasrec: backbone, seed 0")
    assert workers
    deadline = time.monotonic() + 30
    while any(is_alive(pid) for pid in workers) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not any(is_alive(pid) for pid in workers)
    done = typed(*words)
    assert "7/7 " in done.stderr
    assert "mole" in typed("table", "--dataset", "circle-walks0").stdout


def test_a_worker_that_dies_is_told_in_one_line(tmp_path, dataset):
    words = ("run", "--dataset", str(dataset), "--methods", "frozen,mole", "--seeds", "0", "--workers", "2")
    command = (sys.executable, "-m", "raie.cli", "experiment", *words, "--out", str(tmp_path / "experiments"))
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        process.stderr.readline()
        busiest = max(children_of(process.pid), key=lambda pid: int(stat_of(pid)[11]))
        os.kill(busiest, signal.SIGKILL)
        told = process.stderr.read().splitlines()
    assert process.returncode not in (0, 1)
    assert told[-1].startswith("raie: a worker died, of memory perhaps: run again, with fewer --workers")
    assert not [line for line in told if "Traceback" in line]


def stat_of(pid):
    """Fields of its state, from the third on: what stands before may hold spaces."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def children_of(pid):
    """Processes that it started, those that have ended left out."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in listed if is_alive(int(child))]


def is_alive(pid):
    try:
        return stat_of(pid)[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_columns_are_named_as_typed(typed, dataset, tmp_path):
    """A MovieLens `ratings.csv`: its header has other names and another order."""
    rows = [line.split("\t") for line in dataset.read_text().splitlines()]
    file = tmp_path / "csv" / "ratings.csv"
    file.parent.mkdir()
    lines = [
        "userId,movieId,rating,timestamp",
        *(f"{user},{item},4.0,{time}" for user, item, time, *_ in rows),
    ]
    file.write_text("\n".join(lines) + "\n")
    words = ("--dataset", str(file), "--methods", "popular-7-days", "--seeds", "0", "--workers", "1")
    with pytest.raises(UsageError, match="say with --columns which of them are user, item, time"):
        typed("run", *words)
    done = typed("run", *words, "--min-rating", "3", "--columns", "userId,movieId,timestamp,rating")
    assert "csv/production/sasrec holds 1 methods" in done.stdout
