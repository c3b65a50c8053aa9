"""Two nights at the same moment, then one killed in the middle: nothing is lost, and the next run runs."""

import shutil
import signal
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest

from raie.interactions.days import read_days
from raie.snapshots.opened import open_output
from raie.snapshots.tags import list_snapshots
from tests.end_to_end.commands import git, run_raie, start_raie

pytestmark = pytest.mark.end_to_end

NIGHT = "2024-03-04"
REACHED = f"{NIGHT}  encode"


@pytest.fixture(scope="module")
def operator(repository, tmp_path_factory):
    folder = tmp_path_factory.mktemp("two") / "project"
    return shutil.copytree(repository, folder, symlinks=True)


@pytest.fixture(scope="module")
def pair(operator):
    """Two runs of one night, started at the same moment; the one that runs is killed in the middle."""
    runs = [start_raie(operator, "nightly", "--date", NIGHT) for _ in range(2)]
    with ThreadPoolExecutor(2) as threads:
        said = list(threads.map(until_killed, runs))
    return {run.pid: (run.wait(), lines) for run, lines in zip(runs, said, strict=True)}


def until_killed(run):
    lines = []
    for line in run.stderr:
        lines.append(line)
        if line.startswith(REACHED):
            run.send_signal(signal.SIGKILL)
    return lines


def test_exactly_one_runs_and_the_other_says_why_not(pair):
    (winner, loser) = sorted(pair, key=lambda pid: pair[pid][0])
    assert [pair[pid][0] for pid in (winner, loser)] == [-signal.SIGKILL, 1]
    assert any(line.startswith(REACHED) for line in pair[winner][1])
    lines = [line for line in pair[loser][1] if line.startswith("raie: ")]
    assert len(lines) == 1 and pair[loser][1] == lines
    assert f"nightly {NIGHT}, process {winner}, since 20" in lines[0]


def test_after_a_kill_the_next_run_makes_the_night_with_nobodys_help(operator, pair):
    assert list_snapshots(operator)[-1] == "2024-03-03"
    delivered = pd.read_parquet(operator / f"data/inbox/{NIGHT}.parquet")
    done = run_raie(operator, "nightly", "--until", NIGHT, alone=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == f"snapshot/{NIGHT}\n"
    held = read_days(open_output(operator, NIGHT, "raw"), since=NIGHT)
    assert len(held) == len(delivered.drop_duplicates(["user_id", "item_id", "timestamp"]))
    assert not list((operator / "data/inbox").glob("*.parquet"))
    assert not list((operator / ".raie/worktrees").glob("*"))
    assert git(operator, "worktree", "list").count("\n") == 0


def test_prefect_knows_the_killed_run_as_crashed(operator, pair):
    states = [
        row[0]
        for row in sqlite3.connect(operator / ".prefect/prefect.db").execute(
            "select flow_run.state_type from flow_run join flow on flow.id = flow_run.flow_id "
            "where flow.name = 'nightly' order by flow_run.start_time"
        )
    ]
    assert sorted(states[-3:-1]) == ["CRASHED", "FAILED"]
    assert states[-1] == "COMPLETED"
    assert "RUNNING" not in states


def test_a_night_that_was_made_is_not_due_again(operator, pair):
    done = run_raie(operator, "nightly", "--until", NIGHT, alone=True)
    assert done.returncode == 0 and done.stdout == ""
    assert "no night is due" in done.stderr
