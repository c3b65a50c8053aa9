"""A user's events taken out, and all that learnt from them made anew without them."""

import logging
from pathlib import Path

from prefect import flow

from flows.alone import alone
from flows.night import night
from raie.erasure.account import account_by_digest
from raie.exceptions import MissingError
from raie.snapshots.git import repository_root
from raie.snapshots.night import Kind
from raie.snapshots.tags import date_of, free_id

log = logging.getLogger("raie.flows")


@flow(name="forget", validate_parameters=False)
def forget(repository: Path, digest: str, wait_minutes: float = 0.0) -> str:
    """Make a snapshot without a user's events and return its id.

    Nothing is delivered; the inbox waits. Earlier snapshots keep what they hold.

    Parameters
    ----------
    repository : Path
        Anywhere in the operator's checkout.
    digest : str
        Of the user's id (`raie.interactions.erased.user_digest`): Prefect and git shall not keep the id.
    wait_minutes : float
        How long to wait for another run to end.

    Raises
    ------
    MissingError
        If the newest snapshot holds no event of such a user.
    RefusedError
        If a gate said no; nothing has changed.
    BusyError
        If another run holds the lock.
    """
    root = repository_root(Path(repository))
    with alone(root, "forget", wait_minutes=wait_minutes):
        account = account_by_digest(root, digest)
        if account.way == "nothing":
            raise MissingError(f"{account.newest} holds no event of the user: there is nothing to take out")
        identifier = free_id(root, date_of(account.newest))
        log.info("%s  %d events go, way: %s", identifier, account.events, account.way)
        kind: Kind = "retrain" if account.way == "retrain" else "erase"
        return night(root, identifier, kind, restored=account.start, erasure=[digest])
