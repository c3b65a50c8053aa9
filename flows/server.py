"""The Prefect server that schedules need: the one that is named, or one of our own for as long as we live.

Prefect would start one by itself, but that one never creates scheduled runs.
"""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
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


@contextmanager
def scheduling_server() -> Iterator[str]:
    """Make sure that a server runs which schedules, and yield the address of its API.

    Raises
    ------
    TransientError
        If our own server does not start, naming its log.
    """
    named = PREFECT_API_URL.value()
    if named:
        yield named
        return
    port = _free_port()
    address = f"http://{HOST}:{port}/api"
    file = Path(PREFECT_HOME.value()) / "server.log"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("ab") as output, _started(port, output.fileno()) as process:
        _wait(address, process, file)
        with temporary_settings({PREFECT_API_URL: address}):
            yield address


@contextmanager
def _started(port: int, output: int) -> Iterator[subprocess.Popen[bytes]]:
    command = leashed("prefect", "server", "start", "--host", HOST, "--port", str(port))
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
    while time.monotonic() < end and process.poll() is None:
        try:
            if httpx.get(f"{address}/health", timeout=1.0).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.25)
    raise TransientError(f"Prefect's server did not start within {STARTUP:.0f} s: {file} says why")


def _free_port() -> int:
    """Prefect's usual port, which its command line asks by default, or any other where that one is taken."""
    for port in (PORT, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise TransientError(f"no free port on {HOST}: end what holds them and try again")
