"""Snapshots as models, by their ids."""

from pathlib import Path

from raie.snapshots.opened import open_output, params_of
from raie.snapshots.serving import ServedSnapshot


def open_served(repository: Path, snapshot: str) -> ServedSnapshot:
    """Load a snapshot from DVC's cache or remote."""
    backbone, regions, adapters = (
        open_output(repository, snapshot, name) for name in ("backbone", "regions", "adapters")
    )
    params = params_of(repository, snapshot)
    return ServedSnapshot.load(backbone=backbone, regions=regions, adapters=adapters, params=params)
