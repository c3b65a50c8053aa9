"""What is said on stderr while flows run."""

import logging
import os
import sys

from raie.cli.here import repository


def show_progress() -> None:
    """Show each step in one line; call it before Prefect's first import, which reads its settings."""
    # Prefect would print every error's traceback; here an error is one line, and Prefect's page has the rest.
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")
    os.environ.setdefault("PREFECT_HOME", str(repository() / ".prefect"))
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    log = logging.getLogger("raie.flows")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
