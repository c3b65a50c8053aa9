"""DVC as a subprocess: in-process DVC is not safe beside other work."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from raie.exceptions import RaieError

ENVIRONMENT = {"DVC_NO_ANALYTICS": "1", "PYTHONHASHSEED": "0"}
PROGRESS = "raie> "
"""What a stage writes before a line that is for the operator to see while it runs."""
LEASH = Path(__file__).with_name("leash.py")


def stage_environment() -> dict[str, str]:
    """Environment of a stage: this interpreter first on PATH, analytics off."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    return {**os.environ, **ENVIRONMENT, "PATH": path}


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
    RaieError
        With DVC's last error line, if it fails.
    """
    # -P: the leash lies beside this module, which must not be taken for DVC itself
    command = [sys.executable, "-P", str(LEASH), *arguments]
    with subprocess.Popen(
        command,
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
        raise RaieError(_reason(arguments, lines))


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


def _reason(arguments: Sequence[str], lines: Sequence[str]) -> str:
    """The stage's own error line if it printed one, else DVC's."""
    for line in reversed(lines):
        if line.startswith("raie: "):
            return line.removeprefix("raie: ")
    errors = [line for line in lines if line.startswith("ERROR")]
    return f"dvc {' '.join(arguments[:3])}: {(errors or list(lines) or ['no output'])[-1]}"
