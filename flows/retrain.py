"""A new generation: backbone, regions and adapters anew, from everything accepted so far."""

from pathlib import Path

from prefect import flow

from flows.alone import alone
from flows.due import check_after_newest, yesterday
from flows.night import night
from raie.snapshots.git import repository_root
from raie.snapshots.tags import checked_date


@flow(name="retrain", validate_parameters=False)
def retrain(repository: Path, date: str | None = None, wait_minutes: float = 0.0) -> str:
    """Make the first snapshot of the next generation and return its id.

    It takes the place of the night of its date: the inbox files that are due by then are delivered too.

    Parameters
    ----------
    repository : Path
        Anywhere in the operator's checkout.
    date : str or None
        UTC date of the snapshot, which may be that of a refused candidate; yesterday by default.
    wait_minutes : float
        How long to wait for another run to end.

    Raises
    ------
    MissingError
        If there is no genesis snapshot yet.
    UsageError
        If the date's night was made already.
    RefusedError
        If the delivery or the candidate was refused.
    BusyError
        If another run holds the lock.
    """
    root = repository_root(Path(repository))
    date = checked_date(date or yesterday())
    with alone(root, f"retrain {date}", wait_minutes=wait_minutes):
        check_after_newest(root, date)
        return night(root, date, "retrain")
