"""Replaying a past period, night by night; repeated after a kill, it goes on where it stopped."""

import logging
from pathlib import Path

from prefect import flow

from flows.alone import alone
from flows.due import last_done, period_ends
from flows.several import run_nights
from raie.params import load_params
from raie.snapshots.git import repository_root

log = logging.getLogger("raie.flows")


@flow(name="backfill", validate_parameters=False)
def backfill(repository: Path, first: str, last: str, wait_minutes: float = 0.0) -> list[str]:
    """Run a night for every period of ``nights.days`` days within [first, last] that was not made yet.

    The first period begins on ``first``; the last one ends on ``last`` at the latest. Periods up to the
    newest snapshot or refused candidate are passed over.

    Returns
    -------
    list of str
        Ids of the new snapshots.

    Raises
    ------
    UsageError
        If the range holds no whole period.
    MissingError
        If there is no genesis snapshot yet.
    RefusedError
        After the last night, if a delivery or a candidate was refused.
    BusyError
        If another run holds the lock.
    """
    root = repository_root(Path(repository))
    ends = period_ends(first, last, load_params(root / "params.yaml").nights.days)
    with alone(root, f"backfill {first} to {last}", wait_minutes=wait_minutes):
        done = last_done(root)
        passed = [end for end in ends if end <= done]
        if passed:
            log.info("done already, up to %s: %d of %d nights", done, len(passed), len(ends))
        return run_nights(root, ends[len(passed) :])
