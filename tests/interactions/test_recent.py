"""The recent past: counts, users and items of the days before, and of no others."""

import pandas as pd
import pytest

from raie.exceptions import MissingError, UsageError
from raie.interactions.days import append_days, read_touched
from raie.interactions.recent import recent_past
from raie.interactions.table import SECONDS_PER_DAY, TYPES, day_start, days_before

FIRST = "2024-02-27"  # a leap year


def rows_of(day, count):
    """Rows of one user a day, of an item each."""
    start = day_start(FIRST) + day * SECONDS_PER_DAY
    table = {
        "user_id": f"u{day}",
        "item_id": [f"i{day}-{k % 3}" for k in range(count)],
        "timestamp": [start + k for k in range(count)],
        "rating": float("nan"),
    }
    return pd.DataFrame(table).astype(TYPES)


@pytest.fixture
def raw(tmp_path):
    """Days 0, 1, 2 and 4 with 1, 2, 9 and 4 rows, and a partition that holds none."""
    rows = pd.concat([rows_of(day, count) for day, count in ((0, 1), (1, 2), (2, 9), (4, 4))])
    append_days(None, rows, tmp_path / "raw")
    return tmp_path / "raw"


@pytest.mark.parametrize(
    ("until", "days", "median", "users"),
    [
        ("2024-03-03", 5, 3.0, "u0 u1 u2 u4"),
        ("2024-03-03", 4, 4.0, "u1 u2 u4"),
        ("2024-03-02", 2, 9.0, "u2"),  # the first of March holds nothing
        ("2024-02-28", 99, 1.0, "u0"),
    ],
)
def test_only_the_days_before_count_and_empty_ones_do_not(raw, until, days, median, users):
    recent = recent_past(raw, until=until, days=days)
    assert recent.rows_per_day == median
    assert recent.days == days
    assert recent.users.tolist() == users.split()
    assert {item.split("-")[0] for item in recent.items} == {f"i{user[1:]}" for user in recent.users}


def test_without_recent_rows_there_is_nothing_to_compare_with(raw):
    assert recent_past(raw, until="2024-02-27", days=28) is None
    assert recent_past(raw, until="2024-06-01", days=28) is None
    with pytest.raises(MissingError):
        recent_past(raw / "none", until=FIRST, days=1)
    with pytest.raises(UsageError, match="'soon' is not a date"):
        recent_past(raw, until="soon", days=1)


def test_days_are_counted_back_over_months():
    assert days_before("2024-03-01", 0) == "2024-03-01"
    assert days_before("2024-03-01", 1) == "2024-02-29"
    assert days_before("2023-03-01", 60) == "2022-12-31"


def test_only_touched_days_are_read(raw):
    times = rows_of(1, 1)["timestamp"].tolist() * 2 + rows_of(2, 3)["timestamp"].tolist() + [0, 2**52]
    got = read_touched(raw, pd.Series(times).to_numpy())
    pd.testing.assert_frame_equal(got, pd.concat([rows_of(1, 2), rows_of(2, 9)], ignore_index=True))
    nothing = read_touched(raw, pd.Series([], dtype="int64").to_numpy())
    pd.testing.assert_frame_equal(nothing, rows_of(0, 1)[:0])
