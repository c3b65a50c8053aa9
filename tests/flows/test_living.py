"""Runs that a killed process left behind are told from those that live."""

import subprocess
import sys
from datetime import timedelta

import pytest
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.states import Pending, Running

from flows.living import crash_the_dead, marked_alive
from flows.nightly import nightly
from raie.snapshots.lock import WORK

HOLD = """
import sys
from filelock import FileLock
with FileLock(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def announce(prefect, tmp_path):
    """Make a run of ours in Prefect's database, in a state and with or without a mark."""

    def make(state, *, repository=tmp_path, marked=False):
        with get_client(sync_client=True) as client:
            run = client.create_flow_run(nightly, parameters={"repository": str(repository)}, state=state)
        if marked:
            mark = repository / WORK / "runs" / str(run.id)
            mark.parent.mkdir(parents=True, exist_ok=True)
            mark.touch()
        return run

    return make


def state_of(run):
    with get_client(sync_client=True) as client:
        return client.read_flow_run(run.id).state.type.value


def test_a_run_whose_mark_nobody_holds_has_crashed(announce, tmp_path):
    dead, waiting = announce(Running(), marked=True), announce(Pending())
    assert crash_the_dead(tmp_path) == [dead.name]
    assert (state_of(dead), state_of(waiting)) == ("CRASHED", "PENDING")
    assert crash_the_dead(tmp_path) == []


def test_a_run_whose_mark_is_held_lives(announce, tmp_path):
    alive = announce(Running(), marked=True)
    command = [sys.executable, "-c", HOLD, str(tmp_path / WORK / "runs" / str(alive.id))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "held\n"
        assert crash_the_dead(tmp_path) == []
        holder.kill()
    assert crash_the_dead(tmp_path) == [alive.name]


@pytest.mark.parametrize("state", [Running(), Pending()])
def test_a_run_that_never_marked_itself_is_given_time(announce, tmp_path, monkeypatch, state):
    run = announce(state)
    assert crash_the_dead(tmp_path) == []
    monkeypatch.setattr("flows.living.PATIENCE", timedelta(seconds=-1))
    assert crash_the_dead(tmp_path) == [run.name]
    assert state_of(run) == "CRASHED"


def test_another_repositorys_runs_are_not_ours(announce, tmp_path):
    run = announce(Running(), repository=tmp_path / "other", marked=True)
    assert crash_the_dead(tmp_path) == []
    assert state_of(run) == "RUNNING"


def test_a_run_lives_as_long_as_its_flow(prefect, tmp_path):
    @flow(name="nightly", validate_parameters=False)
    def living(repository):
        with marked_alive(repository):
            return crash_the_dead(repository), len(list((repository / WORK / "runs").iterdir()))

    assert living(tmp_path) == ([], 1)
    assert not list((tmp_path / WORK / "runs").iterdir())
