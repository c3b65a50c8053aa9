"""Prefect flows: when the stages run. They hold no numerics."""

import os
from pathlib import Path

# Prefect reads its settings on first import: keep its database inside the project and quiet by default.
os.environ.setdefault("PREFECT_HOME", str(Path(".prefect").resolve()))
os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
os.environ.setdefault("DO_NOT_TRACK", "1")
os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "120")
