"""One night: what arrived is gated, encoded, edited into the regions, trained and tagged."""

from pathlib import Path

from prefect import flow

from flows.stages import make_snapshot
from raie.exceptions import MissingError, UsageError
from raie.snapshots.git import repository_root
from raie.snapshots.inbox import due_files
from raie.snapshots.lock import single_run
from raie.snapshots.tags import checked_id, latest


@flow(name="nightly", validate_parameters=False)
def nightly(repository: Path, date: str) -> str:
    """Make the snapshot of a UTC date from the inbox files that are due by then.

    Raises
    ------
    MissingError
        If there is no genesis snapshot yet.
    UsageError
        If the date is not after the newest snapshot.
    """
    root = repository_root(repository)
    date = checked_id(date)
    with single_run(root):
        previous = latest(root)
        if previous is None:
            raise MissingError("there is no snapshot to go on from: run raie construct first")
        if date <= previous:
            raise UsageError(f"{date} is not after the newest snapshot ({previous}): pick a later date")
        return make_snapshot(root, date=date, run=f"nightly {date}", files=due_files(root, date))
