"""Back to an earlier snapshot, or one of its regions: a run of its own, so that nothing is erased."""

import logging
from pathlib import Path

from prefect import flow

from flows.alone import alone
from flows.due import newest
from flows.night import night
from raie.snapshots.git import repository_root
from raie.snapshots.rollback import check_rollback
from raie.snapshots.tags import date_of, free_id

log = logging.getLogger("raie.flows")


@flow(name="rollback", validate_parameters=False)
def rollback(repository: Path, snapshot: str, region: str | None = None, wait_minutes: float = 0.0) -> str:
    """Make a snapshot whose regions and adapters are an earlier one's, and return its id.

    Raw data, histories and the backbone stay the newest: no accepted event is lost, and the next night goes
    on from there. Nothing is delivered; the inbox waits.

    Parameters
    ----------
    repository : Path
        Anywhere in the operator's checkout.
    snapshot : str
        Id of the snapshot to go back to.
    region : str or None
        Id of the one region to bring back; all others stay as they are.
    wait_minutes : float
        How long to wait for another run to end.

    Raises
    ------
    MissingError
        If there is no such snapshot, or it has no such region.
    UsageError
        If there is nothing to go back to, or the way back is barred (`check_rollback`).
    RefusedError
        If a gate said no; nothing has changed.
    BusyError
        If another run holds the lock.
    """
    root = repository_root(Path(repository))
    with alone(root, f"rollback to {snapshot}", wait_minutes=wait_minutes):
        target = check_rollback(root, snapshot, region)
        log.info("%s  %s back from %s", target, region or "all regions and adapters", newest(root))
        identifier = free_id(root, date_of(newest(root)))
        return night(root, identifier, "restore", restored=target, restored_region=region)
