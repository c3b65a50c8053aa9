"""Which server runs are told to, and what is said when there is none."""

import pytest
from filelock import FileLock
from prefect.settings import PREFECT_API_URL, PREFECT_HOME, temporary_settings

from flows.server import recording_server, scheduling_server
from raie.exceptions import BusyError, TransientError

NOWHERE = "http://127.0.0.1:1/api"


@pytest.mark.parametrize("server", [recording_server, scheduling_server])
def test_a_named_server_that_does_not_answer_is_named(server):
    with (
        temporary_settings({PREFECT_API_URL: NOWHERE}),
        pytest.raises(TransientError, match=f"PREFECT_API_URL names {NOWHERE}, which does not answer"),
        server(),
    ):
        pass


@pytest.mark.parametrize("server", [recording_server, scheduling_server])
def test_a_named_server_that_answers_is_taken(prefect, server):
    with server() as address:
        assert address == PREFECT_API_URL.value()


def test_one_process_serves_schedules(tmp_path):
    settings = {PREFECT_HOME: tmp_path}
    with (
        temporary_settings(settings, restore_defaults=[PREFECT_API_URL]),
        FileLock(tmp_path / "schedules.lock"),
        pytest.raises(BusyError, match="another process serves schedules from"),
        scheduling_server(),
    ):
        pass
