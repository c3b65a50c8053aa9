"""Commands as an operator types them."""

import os
import subprocess
import sys

SERVER = {}
"""Environment that names the Prefect server which the tests share: each command would start its own."""


def run_raie(repository, *arguments, alone=False):
    """Run the command line of the repository itself, as an operator would.

    With ``alone`` the shared server is not named: Prefect keeps what it knows inside the repository.
    """
    return subprocess.run(
        [sys.executable, "-m", "raie.cli", *arguments],
        cwd=repository,
        env=environment_of(repository, alone),
        capture_output=True,
        text=True,
        check=False,
    )


def start_raie(repository, *arguments):
    """The same, alone and not waited for; what it says goes to ``stderr``."""
    return subprocess.Popen(
        [sys.executable, "-m", "raie.cli", *arguments],
        cwd=repository,
        env=environment_of(repository, alone=True),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def environment_of(repository, alone):
    own = {"PYTHONPATH": str(repository), "PREFECT_HOME": str(repository / ".prefect")}
    return {**os.environ, **own, **({} if alone else SERVER)}


def git(repository, *arguments):
    done = subprocess.run(["git", *arguments], cwd=repository, capture_output=True, text=True, check=True)
    return done.stdout.strip()
