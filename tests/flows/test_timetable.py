"""Cron expressions and time zones of params, and what is wrong with them in one line."""

from datetime import UTC, datetime

import pytest

from flows.timetable import list_schedules
from raie.exceptions import UsageError
from raie.params import ScheduleParams

NOW = datetime(2024, 3, 30, 12, 0, tzinfo=UTC)


def params(timezone="UTC", **cron):
    return ScheduleParams(cron=cron, timezone=timezone)


def test_every_flow_is_listed_and_one_without_a_time_runs_on_demand():
    rows = {row.flow: row for row in list_schedules(params(nightly="0 3 * * *", retrain=None), now=NOW)}
    assert rows.keys() == {"nightly", "retrain", "construct"}
    assert rows["nightly"].next_run_utc == "2024-03-31 03:00"
    assert rows["retrain"].next_run_utc is rows["construct"].next_run_utc is None


def test_the_clock_hangs_in_its_time_zone_across_a_change_of_the_hour():
    def following(timezone):
        return list_schedules(params(timezone, nightly="0 3 * * *"), now=NOW)[0].next_run_utc

    # clocks go forward in Berlin on 2024-03-31 at 02:00
    assert following("Europe/Berlin") == "2024-03-31 01:00"
    assert following("America/New_York") == "2024-03-31 07:00"


@pytest.mark.parametrize("cron", ["61 * * * *", "tomorrow", "", "0 3 31 2 *", "0 3 * *"])
def test_what_is_no_cron_expression_is_named_with_its_key(cron):
    with pytest.raises(UsageError, match="schedules.cron.retrain = ") as refused:
        list_schedules(params(nightly="0 3 * * *", retrain=cron), now=NOW)
    assert repr(cron) in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.parametrize("zone", ["Mars/Base", "", "../etc/passwd", "Europe"])
def test_what_is_no_time_zone_is_named_with_its_key(zone):
    with pytest.raises(UsageError, match="schedules.timezone = ") as refused:
        list_schedules(params(zone, nightly="0 3 * * *"), now=NOW)
    assert repr(zone) in str(refused.value)
