"""Genesis: backbone on Set-up, regions from scratch, the first snapshot."""

from pathlib import Path

from prefect import flow

from flows.stages import make_snapshot
from raie.exceptions import UsageError
from raie.snapshots.git import repository_root
from raie.snapshots.inbox import genesis_date, genesis_file
from raie.snapshots.lock import single_run
from raie.snapshots.tags import latest


@flow(name="construct", validate_parameters=False)
def construct(repository: Path) -> str:
    """Make the genesis snapshot from ``data/inbox/genesis.parquet``.

    Raises
    ------
    UsageError
        If there is a snapshot already.
    """
    root = repository_root(repository)
    with single_run(root):
        existing = latest(root)
        if existing is not None:
            raise UsageError(f"there is a snapshot already ({existing}): run raie nightly to go on from it")
        date = genesis_date(root)
        return make_snapshot(root, date=date, run=f"construct {date}", files=[genesis_file(root)])
