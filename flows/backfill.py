"""Several nights in order: catching up, or replaying a past period."""

import datetime
from pathlib import Path

from prefect import flow

from flows.nightly import nightly
from raie.exceptions import UsageError
from raie.params import load_params
from raie.snapshots.tags import checked_id


@flow(name="backfill", validate_parameters=False)
def backfill(repository: Path, first: str, last: str) -> list[str]:
    """Run a night for every period of ``nights.days`` days that ends within [first, last].

    The first period begins on ``first``; the last one ends on ``last`` at the latest.
    """
    days = load_params(repository / "params.yaml").nights.days
    return [nightly(repository, date) for date in period_ends(first, last, days)]


def period_ends(first: str, last: str, days: int) -> list[str]:
    """UTC dates on which periods of ``days`` days end, from ``first`` to ``last``.

    Raises
    ------
    UsageError
        If a date is malformed or the range holds no whole period.
    """
    start, stop = _parsed(first), _parsed(last)
    ends = []
    end = start + datetime.timedelta(days=days - 1)
    while end <= stop:
        ends.append(end.isoformat())
        end += datetime.timedelta(days=days)
    if not ends:
        raise UsageError(f"{first} to {last} holds no whole period of {days} days: widen the range")
    return ends


def _parsed(text: str) -> datetime.date:
    return datetime.date.fromisoformat(checked_id(text))
