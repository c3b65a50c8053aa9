"""Which nights are due: periods of ``nights.days`` days that no run has been through yet."""

import datetime
from pathlib import Path

from raie.exceptions import MissingError, UsageError
from raie.snapshots.tags import checked_date, date_of, latest, list_candidates


def yesterday() -> str:
    """The last UTC date that is over."""
    return (datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=1)).isoformat()


def newest(repository: Path) -> str:
    """Id of the newest snapshot.

    Raises
    ------
    MissingError
        If there is no genesis snapshot yet.
    """
    snapshot = latest(repository)
    if snapshot is None:
        raise MissingError("there is no snapshot to go on from: run raie construct first")
    return snapshot


def last_done(repository: Path) -> str:
    """UTC date up to which nights were made, promoted or not."""
    return max(map(date_of, [newest(repository), *list_candidates(repository)]))


def check_after_newest(repository: Path, date: str) -> None:
    """Refuse a date that has its snapshot, or a later one.

    Raises
    ------
    UsageError
        Naming the newest snapshot.
    """
    snapshot = newest(repository)
    if date <= date_of(snapshot):
        raise UsageError(f"{date} is not after the newest snapshot ({snapshot}): pick a later date")


def due_dates(repository: Path, *, until: str, days: int, at_most: int) -> list[str]:
    """Dates of the nights to be made up to ``until``, oldest first.

    Raises
    ------
    UsageError
        If more than ``at_most`` are due, with the command that makes them all the same.
    """
    first = _day_after(last_done(repository))
    ends = periods(first, checked_date(until), days)
    if len(ends) > at_most:
        raise UsageError(
            f"{len(ends)} nights are due, {first} to {ends[-1]}, and schedules.max_catch_up is {at_most}: "
            f"run raie backfill --from {first} --to {ends[-1]}"
        )
    return ends


def period_ends(first: str, last: str, days: int) -> list[str]:
    """UTC dates on which periods of ``days`` days end, from ``first`` to ``last``.

    Raises
    ------
    UsageError
        If a date is malformed or the range holds no whole period.
    """
    ends = periods(checked_date(first), checked_date(last), days)
    if not ends:
        raise UsageError(f"{first} to {last} holds no whole period of {days} days: widen the range")
    return ends


def periods(first: str, last: str, days: int) -> list[str]:
    """The same, with none where the range is too short."""
    start, stop = datetime.date.fromisoformat(first), datetime.date.fromisoformat(last)
    count = ((stop - start).days + 1) // days
    return [(start + datetime.timedelta(days=(n + 1) * days - 1)).isoformat() for n in range(count)]


def _day_after(date: str) -> str:
    return (datetime.date.fromisoformat(date) + datetime.timedelta(days=1)).isoformat()
