"""DVC as a subprocess: its stage's error is ours, and it never outlives us."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from raie.exceptions import RaieError, TransientError
from raie.snapshots.dvc import dvc, stage_environment

STAGES = """
stages:
  works:
    cmd: echo from the stage
  refuses:
    cmd: >-
      echo 'raie: half of it is broken: mend it' >&2 && echo later && exit 1
  dies:
    cmd: kill -9 $$
  breaks:
    cmd: echo 'Traceback (most recent call last):' >&2 && exit 1
  kills:
    cmd: test ! -e kill || kill -9 $PPID
  sleeps:
    cmd: echo $$ > pid && exec sleep 120
"""
PARENT = """
import pathlib, signal, sys
from raie.snapshots.dvc import dvc
signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job starts with it ignored
dvc(pathlib.Path(sys.argv[1]), "repro", "sleeps")
"""


@pytest.fixture
def project(tmp_path):
    """A DVC project outside git, made by hand to save a call."""
    (tmp_path / ".dvc").mkdir()
    (tmp_path / ".dvc" / "config").write_text("[core]\n    no_scm = True\n    analytics = false\n")
    (tmp_path / "dvc.yaml").write_text(STAGES)
    return tmp_path


def alive(pid):
    try:
        os.kill(pid, 0)
        # where nobody reaps orphans, as in a container, a dead one stays as a zombie
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except ProcessLookupError:
        return False
    except FileNotFoundError:
        return not Path("/proc/self/stat").exists()


def wait_for(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def stage_pid(project):
    file = project / "pid"
    wait_for(lambda: file.is_file() and file.read_text().strip())
    return int(file.read_text())


def test_lines_are_handed_on_as_they_come(project):
    lines = []
    dvc(project, "repro", "--single-item", "works", on_line=lines.append)
    assert "from the stage" in lines
    assert all(line == line.rstrip() and line for line in lines)


def test_a_failing_stages_own_line_becomes_the_error(project):
    with pytest.raises(RaieError) as failed:
        dvc(project, "repro", "refuses")
    assert str(failed.value) == "half of it is broken: mend it"
    assert not isinstance(failed.value, TransientError)


@pytest.mark.parametrize("stage", ["dies", "breaks"])
def test_a_stage_that_died_without_a_word_may_be_tried_again(project, stage):
    with pytest.raises(TransientError, match=f"dvc repro {stage}: ERROR: .*failed to run: "):
        dvc(project, "repro", stage)


def test_dvc_killed_under_its_stage_may_be_tried_again_and_then_works(project):
    (project / "kill").touch()
    with pytest.raises(TransientError, match="dvc repro kills"):
        dvc(project, "repro", "kills")
    (project / "kill").unlink()
    dvc(project, "repro", "kills")


def test_dvcs_own_error_is_handed_on_if_no_stage_spoke(project):
    with pytest.raises(RaieError, match="dvc repro nothing: ERROR: .*nothing") as failed:
        dvc(project, "repro", "nothing")
    assert not isinstance(failed.value, TransientError)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_killed_parent_leaves_no_stage_behind(project, how):
    # of its own group, as from a terminal or a scheduler that signals one process
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(project)], stderr=subprocess.DEVNULL)
    pid = stage_pid(project)
    assert alive(pid)
    parent.send_signal(how)
    parent.wait()
    wait_for(lambda: not alive(pid), seconds=10)


def test_an_interrupted_call_leaves_no_stage_behind(project):
    def interrupt(line):
        stage_pid(project)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        dvc(project, "repro", "sleeps", on_line=interrupt)
    wait_for(lambda: not alive(stage_pid(project)), seconds=10)


def test_stages_run_under_this_interpreter_and_send_nothing_home():
    environment = stage_environment()
    assert environment["PATH"].split(os.pathsep)[0] == str(Path(sys.executable).parent)
    assert environment["DVC_NO_ANALYTICS"] == "1"
