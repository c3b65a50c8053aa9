"""Commands as an operator types them."""

import os
import subprocess
import sys


def run_raie(repository, *arguments):
    """Run the command line of the repository itself, as an operator would."""
    return subprocess.run(
        [sys.executable, "-m", "raie.cli", *arguments],
        cwd=repository,
        env=environment_of(repository),
        capture_output=True,
        text=True,
        check=False,
    )


def start_raie(repository, *arguments):
    """The same, not waited for; what it says goes to ``stderr``."""
    return subprocess.Popen(
        [sys.executable, "-m", "raie.cli", *arguments],
        cwd=repository,
        env=environment_of(repository),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def environment_of(repository):
    return {**os.environ, "PYTHONPATH": str(repository), "PREFECT_HOME": str(repository / ".prefect")}


def git(repository, *arguments):
    done = subprocess.run(["git", *arguments], cwd=repository, capture_output=True, text=True, check=True)
    return done.stdout.strip()
