"""Which dates nights end on, and which of them are due."""

import datetime

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from flows.due import check_after_newest, due_dates, last_done, period_ends, yesterday
from raie.exceptions import MissingError, UsageError
from raie.snapshots.git import git

dates = st.dates(datetime.date(1990, 1, 1), datetime.date(2040, 12, 31))


def test_every_day_of_a_range_across_a_leap_day():
    assert period_ends("2024-02-28", "2024-03-01", 1) == ["2024-02-28", "2024-02-29", "2024-03-01"]


def test_the_first_period_begins_on_the_first_day_and_an_unfinished_one_is_left_out():
    assert period_ends("2024-01-01", "2024-01-20", 7) == ["2024-01-07", "2024-01-14"]
    assert period_ends("2024-01-01", "2024-01-07", 7) == ["2024-01-07"]
    assert period_ends("2024-01-01", "2024-01-01", 1) == ["2024-01-01"]


@settings(max_examples=100, deadline=None)
@given(dates, st.integers(0, 400), st.integers(1, 40))
def test_periods_follow_each_other_without_gap(first, span, days):
    last = first + datetime.timedelta(days=span)
    assume(span + 1 >= days)
    ends = [datetime.date.fromisoformat(end) for end in period_ends(str(first), str(last), days)]
    assert ends[0] == first + datetime.timedelta(days=days - 1)
    assert {(later - end).days for end, later in zip(ends, ends[1:], strict=False)} <= {days}
    assert 0 <= (last - ends[-1]).days < days


@pytest.mark.parametrize(
    ("first", "last", "days"), [("2024-01-02", "2024-01-01", 1), ("2024-01-01", "2024-01-06", 7)]
)
def test_a_range_without_a_whole_period_is_refused(first, last, days):
    with pytest.raises(UsageError, match=f"{first} to {last} holds no whole period of {days} days: widen"):
        period_ends(first, last, days)


@pytest.mark.parametrize("wrong", ["2024-02-30", "20240101", "2024-W01-1", "yesterday", "", "2024-1-1"])
def test_what_is_no_date_is_refused_by_name(wrong):
    for first, last in ((wrong, "2024-01-05"), ("2024-01-05", wrong)):
        with pytest.raises(UsageError, match=f"'{wrong}' is not a date: write YYYY-MM-DD"):
            period_ends(first, last, 1)


def test_without_a_snapshot_nothing_can_be_due(repository):
    for ask in (
        lambda: last_done(repository),
        lambda: check_after_newest(repository, "2024-03-05"),
        lambda: due_dates(repository, until="2024-03-05", days=1, at_most=9),
    ):
        with pytest.raises(MissingError, match="run raie construct first"):
            ask()


def test_what_comes_after_the_newest_snapshot_is_due_in_order(tagged):
    assert last_done(tagged) == "2024-03-04"
    assert due_dates(tagged, until="2024-03-06", days=1, at_most=2) == ["2024-03-05", "2024-03-06"]
    assert due_dates(tagged, until="2024-03-12", days=3, at_most=2) == ["2024-03-07", "2024-03-10"]
    assert due_dates(tagged, until="2024-03-04", days=1, at_most=1) == []
    assert due_dates(tagged, until="2024-01-01", days=1, at_most=1) == []


def test_a_refused_candidates_date_is_done_but_may_be_named(tagged):
    for name in ("2024-03-06", "2024-03-06-2"):
        git(tagged, "tag", f"candidate/{name}")
    assert due_dates(tagged, until="2024-03-07", days=1, at_most=1) == ["2024-03-07"]
    check_after_newest(tagged, "2024-03-06")
    with pytest.raises(UsageError, match="2024-03-04 is not after the newest snapshot .2024-03-04"):
        check_after_newest(tagged, "2024-03-04")


def test_too_many_at_once_are_left_to_the_operator_with_the_command(tagged):
    with pytest.raises(
        UsageError, match="4 nights are due.* is 3: run raie backfill --from 2024-03-05 --to 2024-03-08"
    ):
        due_dates(tagged, until="2024-03-08", days=1, at_most=3)


def test_yesterday_is_over():
    assert yesterday() < datetime.datetime.now(datetime.UTC).date().isoformat()
