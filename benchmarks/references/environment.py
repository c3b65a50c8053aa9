"""Libraries in environments of their own: found, started, and asked for one run at a time."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.harness.timing import Measured, Side

FOLDER = Path(__file__).parent
REMEDY = "its environment is not there: make bench-libraries"


class WorkerError(Exception):
    """A library's process ended before it answered."""


def environment_of(library: str, libraries: Path) -> Path | None:
    """Interpreter of a library's environment, None where it was not made."""
    python = libraries / library / "bin" / "python"
    return python.absolute() if python.is_file() else None


@contextmanager
def started(python: Path, script: str, told: Mapping[str, Any], *, threads: int) -> Iterator[Side]:
    """Start ``references/<script>.py`` under ``python``; yield a side that asks it for one run.

    The process times its own work: neither its start nor the pipe counts.

    Raises
    ------
    WorkerError
        If it ends before it answers; why stands on standard error.
    """
    process = subprocess.Popen(
        [str(python), str(FOLDER / f"{script}.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": str(threads), "PYTHONWARNINGS": "ignore"},
    )
    try:
        _asked(process, script, told)
        yield lambda: Measured(**_asked(process, script, {}))
    finally:
        if process.stdin is not None:
            process.stdin.close()
        process.wait()


def _asked(process: "subprocess.Popen[str]", script: str, line: Mapping[str, Any]) -> dict[str, Any]:
    assert process.stdin is not None and process.stdout is not None
    try:
        process.stdin.write(json.dumps(line) + "\n")
        process.stdin.flush()
    except BrokenPipeError:
        pass  # what it wrote to standard error says why
    answered = process.stdout.readline()
    if not answered:
        raise WorkerError(f"{script} ended before it answered: see what it printed above")
    return dict(json.loads(answered))
