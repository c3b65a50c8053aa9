"""When flows run: the cron expressions in params, read as Prefect's scheduler reads them."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import get_args
from zoneinfo import ZoneInfo

from prefect.server.schemas.schedules import CronSchedule

from raie.exceptions import UsageError
from raie.params import FlowName, ScheduleParams


@dataclass(frozen=True)
class Scheduled:
    """When a flow runs.

    Attributes
    ----------
    flow : str
    cron : str or None
        None: on demand.
    timezone : str
        Where the cron expression's clock hangs.
    next_run_utc : str or None
    """

    flow: FlowName
    cron: str | None
    timezone: str
    next_run_utc: str | None


def list_schedules(params: ScheduleParams, *, now: datetime) -> list[Scheduled]:
    """What would be served, and when each flow would run next after ``now``.

    Raises
    ------
    UsageError
        Naming the key of a cron expression or time zone that is none.
    """
    _check_zone(params.timezone)
    crons = {name: params.cron.get(name) for name in get_args(FlowName)}
    return [
        Scheduled(
            name, cron, params.timezone, None if cron is None else _next(name, cron, params.timezone, now)
        )
        for name, cron in crons.items()
    ]


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise UsageError(
            f"schedules.timezone = {name!r} is no time zone: write one such as UTC or Europe/Berlin"
        ) from error


def _next(flow: str, cron: str, timezone: str, now: datetime) -> str:
    """The next run as Prefect's scheduler reckons it."""
    try:
        (following,) = asyncio.run(CronSchedule(cron=cron, timezone=timezone).get_dates(n=1, start=now))
    except ValueError as error:
        raise UsageError(
            f"schedules.cron.{flow} = {cron!r} never comes: write five fields such as '0 3 * * *', or null"
        ) from error
    return following.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
