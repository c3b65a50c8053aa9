"""The Prefect server that runs are told to: the one that is named, or one of our own for as long as we live.

Prefect would start one by itself, but that one never creates scheduled runs, and outlives a killed run.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import httpx
from filelock import FileLock, Timeout
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, PREFECT_HOME

from flows.ownserver import free_port, own_server, usual_port
from raie.exceptions import BusyError, TransientError

ONLY_RECORDS = ("--no-ui", "--no-scheduler", "--no-late-runs")


@contextmanager
def scheduling_server() -> Iterator[str]:
    """Make sure that a server runs which schedules, and yield the address of its API.

    Raises
    ------
    BusyError
        If another process runs ours already.
    TransientError
        If the named one does not answer, or ours does not start, naming its log.
    """
    named = PREFECT_API_URL.value()
    if named:
        _check(named)
        yield named
        return
    home = Path(PREFECT_HOME.value())
    home.mkdir(parents=True, exist_ok=True)
    lock = FileLock(home / "schedules.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise BusyError(f"another process serves schedules from {home}: end that one first") from error
    try:
        with own_server(usual_port()) as address:
            yield address
    finally:
        lock.release()


@contextmanager
def recording_server() -> Iterator[str]:
    """Make sure that a server runs which records, and yield the address of its API.

    Raises
    ------
    TransientError
        If the server does not answer, or ours does not start, naming its log.
    """
    named = PREFECT_API_URL.value()
    if named:
        _check(named)
    # not the one that serves schedules: whoever stops that must not end a run typed by hand
    server = nullcontext(named) if named else own_server(free_port(), *ONLY_RECORDS)
    with server as address:
        try:
            yield address
        except httpx.TransportError as error:
            gone = f"Prefect's server at {address} does not answer ({type(error).__name__})"
            raise TransientError(f"{gone}: what is tagged stands, run again when it is back") from error


def _check(address: str) -> None:
    try:
        with get_client(sync_client=True) as client:
            client.raise_for_api_version_mismatch()
    except RuntimeError as error:
        raise TransientError(f"PREFECT_API_URL names {address}, which does not answer: {error}") from error
