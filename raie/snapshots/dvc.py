"""DVC as a subprocess: in-process DVC is not safe beside other work."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dvc.config import Config

from raie.exceptions import RaieError, TransientError

ENVIRONMENT = {"DVC_NO_ANALYTICS": "1", "PYTHONHASHSEED": "0"}
PROGRESS = "raie> "
"""What a stage writes before a line that is for the operator to see while it runs."""
LEASH = Path(__file__).with_name("leash.py")
DIED = "failed to run: "
"""What DVC says of a stage that ended badly."""


def stage_environment() -> dict[str, str]:
    """Environment of a stage: this interpreter first on PATH, analytics off."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return {**os.environ, **ENVIRONMENT, "PATH": path}


def leashed(module: str, *arguments: str) -> list[str]:
    """Command that runs a module on a leash, see `raie.snapshots.leash`."""
    # -P: what lies beside the leash must not be taken for the module itself
    return [sys.executable, "-P", str(LEASH), module, *arguments]


def dvc(
    worktree: Path,
    *arguments: str,
    env: Mapping[str, str] | None = None,
    on_line: Callable[[str], None] | None = None,
) -> None:
    """Run a DVC command in its own process group, handing on each line that it prints.

    The group dies with this process, so that a killed run leaves no stage behind.

    Raises
    ------
    TransientError
        If DVC or its stage was killed, or the stage died without an error line of ours.
    RaieError
        With the stage's error line or DVC's last one, if it fails otherwise.
    """
    with subprocess.Popen(
        leashed("dvc", *arguments),
        cwd=worktree,
        env={**stage_environment(), **(env or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            lines = _follow(process, on_line)
            code = process.wait()
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    if code != 0:
        raise _failure(arguments, lines, code)


def dvc_config(repository: Path) -> dict[str, Any]:
    """DVC's settings as they hold in a checkout, by section."""
    return dict(Config(str(repository / ".dvc")))


def _follow(process: subprocess.Popen[str], on_line: Callable[[str], None] | None) -> list[str]:
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        text = line.rstrip()
        if text:
            lines.append(text)
            if on_line is not None:
                on_line(text)
    return lines


def _failure(arguments: Sequence[str], lines: Sequence[str], code: int) -> RaieError:
    """The stage's own error line if it printed one, else DVC's."""
    for line in reversed(lines):
        if line.startswith("raie: "):
            return RaieError(line.removeprefix("raie: "))
    errors = [line for line in lines if line.startswith("ERROR")]
    last = (errors or list(lines) or [f"no output, exit status {code}"])[-1]
    died = code < 0 or DIED in last
    return (TransientError if died else RaieError)(f"dvc {' '.join(arguments[:3])}: {last}")
