"""Prefect flows: when the stages run. They hold no numerics."""

import logging
import os
from pathlib import Path

from raie.exceptions import RaieError

# Prefect reads its settings on first import: keep its database inside the project and quiet by default.
os.environ.setdefault("PREFECT_HOME", str(Path(".prefect").resolve()))
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")

# Its pages show our progress lines too.
os.environ.setdefault("PREFECT_LOGGING_EXTRA_LOGGERS", "raie.flows")
os.environ.setdefault("PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW", "ignore")
logging.getLogger("raie.flows").setLevel(logging.INFO)


def _without_traceback(record: logging.LogRecord) -> bool:
    """An error of ours is one line that says all there is to say."""
    if record.exc_info and isinstance(record.exc_info[1], RaieError):
        record.exc_info = None
    return True


for _name in ("prefect.flow_runs", "prefect.task_runs"):
    logging.getLogger(_name).addFilter(_without_traceback)
