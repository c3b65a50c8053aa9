"""The nightly job: every night that is due, or one that is named."""

import logging
from pathlib import Path

from prefect import flow

from flows.alone import alone
from flows.due import check_after_newest, due_dates, yesterday
from flows.several import run_nights
from raie.exceptions import UsageError
from raie.params import load_params
from raie.snapshots.git import repository_root
from raie.snapshots.tags import checked_date, latest

log = logging.getLogger("raie.flows")


@flow(name="nightly", validate_parameters=False)
def nightly(
    repository: Path, date: str | None = None, until: str | None = None, wait_minutes: float = 0.0
) -> list[str]:
    """Make the snapshots of all nights that are due, each from the inbox files that are due by then.

    Parameters
    ----------
    repository : Path
        Anywhere in the operator's checkout.
    date : str or None
        UTC date of the one night to make, which may be that of a refused candidate.
    until : str or None
        Without ``date``: last UTC date that may be due; yesterday by default.
    wait_minutes : float
        How long to wait for another run to end.

    Returns
    -------
    list of str
        Ids of the new snapshots.

    Raises
    ------
    MissingError
        If there is no genesis snapshot yet.
    UsageError
        If the date is not after the newest snapshot, or more nights are due than a run makes up for.
    RefusedError
        If a delivery or a candidate was refused.
    BusyError
        If another run holds the lock.
    """
    root = repository_root(Path(repository))
    if date is not None and until is not None:
        raise UsageError(f"date {date} and until {until} exclude each other: give one of them")
    with alone(root, f"nightly {date}" if date else "nightly", wait_minutes=wait_minutes):
        if date is None:
            return run_nights(root, _due(root, until or yesterday()))
        check_after_newest(root, checked_date(date))
        return run_nights(root, [checked_date(date)])


def _due(root: Path, until: str) -> list[str]:
    params = load_params(root / "params.yaml")
    dates = due_dates(root, until=until, days=params.nights.days, at_most=params.schedules.max_catch_up)
    if not dates:
        log.info("no night is due up to %s: the newest snapshot is %s", until, latest(root))
    return dates
