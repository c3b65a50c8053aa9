"""Genesis: backbone on Set-up, regions from scratch, the first snapshot."""

from pathlib import Path

from prefect import flow

from flows.alone import alone
from flows.night import night
from raie.exceptions import UsageError
from raie.snapshots.git import repository_root
from raie.snapshots.inbox import genesis_date
from raie.snapshots.tags import latest


@flow(name="construct", validate_parameters=False)
def construct(repository: Path, wait_minutes: float = 0.0) -> str:
    """Make the genesis snapshot from ``data/inbox/genesis.parquet`` and return its id.

    Raises
    ------
    UsageError
        If there is a snapshot already.
    RefusedError
        If Set-up was refused by a gate.
    BusyError
        If another run holds the lock for longer than ``wait_minutes``.
    """
    root = repository_root(Path(repository))
    with alone(root, "construct", wait_minutes=wait_minutes):
        existing = latest(root)
        if existing is not None:
            raise UsageError(
                f"there is a snapshot already ({existing}): run raie nightly to go on from it, "
                "raie retrain to begin a new generation"
            )
        return night(root, genesis_date(root), "construct")
