"""Commands as an operator types them."""

import os
import subprocess
import sys


def run_raie(repository, *arguments):
    """Run the command line of the repository itself, as an operator would."""
    environment = {**os.environ, "PYTHONPATH": str(repository), "PREFECT_HOME": str(repository / ".prefect")}
    return subprocess.run(
        [sys.executable, "-m", "raie.cli", *arguments],
        cwd=repository,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def git(repository, *arguments):
    done = subprocess.run(["git", *arguments], cwd=repository, capture_output=True, text=True, check=True)
    return done.stdout.strip()
