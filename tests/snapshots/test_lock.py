"""The lock: one run at a time, and none blocked by a dead one."""

import signal
import subprocess
import sys
import time

import pytest

from raie.exceptions import BusyError
from raie.snapshots.lock import single_run

HOLDER = """
import pathlib, sys, time
from raie.exceptions import RaieError
from raie.snapshots.lock import single_run
try:
    with single_run(pathlib.Path(sys.argv[1]), "nightly 2024-03-04"):
        print("held", flush=True)
        time.sleep(float(sys.argv[2]))
except RaieError as error:
    print(error, flush=True)
    sys.exit(error.exit_code)
"""


def single(repository):
    return single_run(repository, "a test")


def start(repository, seconds):
    command = [sys.executable, "-c", HOLDER, str(repository), str(seconds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.fixture
def holder(tmp_path):
    process = start(tmp_path, 60)
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_second_process_is_refused_at_once(tmp_path, holder):
    started = time.monotonic()
    with pytest.raises(BusyError, match="another run holds .*/.raie/lock: nightly") as busy, single(tmp_path):
        pass
    assert time.monotonic() - started < 0.5
    assert holder.poll() is None
    assert f"nightly 2024-03-04, process {holder.pid}, since 20" in str(busy.value)
    assert "wait for it to end" in str(busy.value)


def test_one_that_may_wait_runs_when_the_holder_has_ended(tmp_path):
    with start(tmp_path, 1) as holder:
        assert holder.stdout.readline() == "held\n"
        with single_run(tmp_path, "retrain", wait_minutes=1):
            assert holder.wait(5) == 0


def test_waiting_has_an_end(tmp_path, holder):
    with pytest.raises(BusyError, match="nightly"), single_run(tmp_path, "retrain", wait_minutes=0.01):
        pass
    assert holder.poll() is None


def test_a_holder_that_has_not_introduced_itself_yet_is_no_error(tmp_path, holder):
    (tmp_path / ".raie/holder.json").unlink()
    with pytest.raises(BusyError, match="another run holds .*/lock; wait"), single(tmp_path):
        pass


def test_the_lock_dies_with_a_killed_holder(tmp_path, holder):
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with single(tmp_path):
        pass


def test_while_held_here_another_process_is_refused_and_afterwards_not(tmp_path):
    with single(tmp_path):
        second = start(tmp_path, 0)
        assert "another run holds" in second.communicate()[0]
        assert second.returncode == BusyError.exit_code
    assert list((tmp_path / ".raie").iterdir()) == [tmp_path / ".raie/lock"]
    third = start(tmp_path, 0)
    assert third.communicate()[0] == "held\n"


def test_a_run_that_fails_lets_go(tmp_path):
    with pytest.raises(RuntimeError), single(tmp_path):
        raise RuntimeError
    with single(tmp_path):
        pass


def test_one_process_cannot_run_twice_either(tmp_path):
    with single(tmp_path), pytest.raises(BusyError), single(tmp_path):
        pass


def test_repositories_do_not_block_each_other(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    with single(tmp_path / "one"), single(tmp_path / "two"):
        pass
