"""A Prefect server of our own: on a leash, its records and its log in Prefect's folder."""

import logging
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
from filelock import FileLock
from prefect.events.worker import EventsWorker
from prefect.logging.handlers import APILogWorker
from prefect.settings import PREFECT_API_URL, PREFECT_HOME, temporary_settings

from raie.exceptions import TransientError
from raie.snapshots.dvc import leashed

HOST, PORT = "127.0.0.1", 4200
STARTUP = 120.0
"""Seconds."""
SHUTDOWN = 10.0
"""Seconds."""
SETTINGS = {
    # or a killed server would forget who holds a slot, and nobody could ever take it again
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
}

# on a busy machine they tell the operator how much of what they send is still on its way
for _worker in (EventsWorker, APILogWorker):
    logging.getLogger(_worker.__name__).setLevel(logging.ERROR)


@contextmanager
def own_server(port: int, *options: str) -> Iterator[str]:
    """Run a server and have this process's flows ask it; yield the address of its API.

    Parameters
    ----------
    port : int
    *options : str
        Of ``prefect server start``.

    Raises
    ------
    TransientError
        If it does not start, naming its log.
    """
    home = Path(PREFECT_HOME.value())
    home.mkdir(parents=True, exist_ok=True)
    address = f"http://{HOST}:{port}/api"
    with ExitStack() as stack:
        # two that make the same new database at the same moment: one of them fails
        with FileLock(home / "starting.lock"):
            output = stack.enter_context((home / "server.log").open("ab"))
            process = stack.enter_context(_started(port, options, output.fileno()))
            _wait(address, process, home / "server.log")
        stack.enter_context(temporary_settings({PREFECT_API_URL: address}))
        stack.callback(_send_the_rest)
        yield address


def _send_the_rest() -> None:
    """What happened and was said last is still on its way, in threads of Prefect's."""
    for worker in (EventsWorker, APILogWorker):
        worker.drain_all(timeout=SHUTDOWN)


@contextmanager
def _started(port: int, options: tuple[str, ...], output: int) -> Iterator[subprocess.Popen[bytes]]:
    command = leashed("prefect", "server", "start", "--host", HOST, "--port", str(port), *options)
    with subprocess.Popen(
        command,
        env={**os.environ, **SETTINGS},
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(SHUTDOWN)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)


def _wait(address: str, process: subprocess.Popen[bytes], file: Path) -> None:
    end = time.monotonic() + STARTUP
    while time.monotonic() < end:
        if process.poll() is not None:
            raise TransientError(f"Prefect's server ended as it started: {file} says why")
        with suppress(httpx.TransportError):
            if httpx.get(f"{address}/health", timeout=1.0).is_success:
                return
        time.sleep(0.1)
    raise TransientError(f"Prefect's server did not start within {STARTUP:.0f} s: {file} says why")


def usual_port() -> int:
    """The one that Prefect's command line asks by default, or any other where that one is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, PORT))
        except OSError:
            return free_port()
        return PORT


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
