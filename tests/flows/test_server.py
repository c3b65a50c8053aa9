"""Which server runs are told to, and what is said when there is none."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from filelock import FileLock
from prefect.settings import PREFECT_API_URL, PREFECT_HOME, temporary_settings

from flows.ownserver import free_port, own_server
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


def test_two_that_start_at_the_same_moment_both_start(tmp_path):
    """In a new folder: the second must not find the first one's database half made."""
    settings = {PREFECT_HOME: tmp_path}

    def health(_):
        with (
            temporary_settings(settings, restore_defaults=[PREFECT_API_URL]),
            own_server(free_port()) as address,
        ):
            return httpx.get(f"{address}/health", timeout=5).status_code

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(health, range(2))) == [200, 200]


def test_a_server_that_ends_as_it_starts_is_said(tmp_path):
    with (
        temporary_settings({PREFECT_HOME: tmp_path}, restore_defaults=[PREFECT_API_URL]),
        pytest.raises(TransientError, match="ended as it started: .*server.log says why"),
        own_server(free_port(), "--no-such-option"),
    ):
        pass
