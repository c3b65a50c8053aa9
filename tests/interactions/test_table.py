import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from raie.exceptions import MissingError, UsageError
from raie.interactions.days import append_days, days_in, read_days
from raie.interactions.heldout import is_held_out
from raie.interactions.parquetfiles import read_interactions, write_interactions
from raie.interactions.slices import slice_masks, time_cuts
from raie.interactions.table import TYPES, day_of, day_start, empty, in_time_order, positives

DAY = 86_400


def interactions(timestamps, users=None, ratings=None):
    n = len(timestamps)
    return pd.DataFrame(
        {
            "user_id": users or [f"u{k}" for k in range(n)],
            "item_id": [f"i{k}" for k in range(n)],
            "timestamp": timestamps,
            "rating": ratings or [np.nan] * n,
        }
    ).astype(TYPES)


def test_ties_keep_the_order_of_rows():
    ordered = in_time_order(interactions([5, 1, 5, 1, 5]))
    assert ordered["user_id"].tolist() == ["u1", "u3", "u0", "u2", "u4"]


def test_positives_leave_out_low_and_missing_ratings():
    table = interactions([1, 2, 3], ratings=[3.9, 4.0, np.nan])
    assert positives(table, 4.0)["user_id"].tolist() == ["u1"]
    assert len(positives(table, None)) == 3


def test_days_are_utc_days():
    assert day_of([0, DAY - 1, DAY, -1]).tolist() == ["1970-01-01", "1970-01-01", "1970-01-02", "1969-12-31"]
    assert day_start("1970-01-02") == DAY
    with pytest.raises(UsageError, match="'yesterday' is not a date"):
        day_start("yesterday")


def test_parquet_round_trip_and_equal_bytes(tmp_path):
    table = interactions([3, 1], ratings=[np.nan, 2.5])
    for name in ("a", "b"):
        write_interactions(table, tmp_path / name / "t.parquet")
    pd.testing.assert_frame_equal(read_interactions(tmp_path / "a" / "t.parquet"), table)
    assert (tmp_path / "a" / "t.parquet").read_bytes() == (tmp_path / "b" / "t.parquet").read_bytes()
    write_interactions(empty(), tmp_path / "e.parquet")
    pd.testing.assert_frame_equal(read_interactions(tmp_path / "e.parquet"), empty())


def test_appending_copies_untouched_days_and_keeps_arrival_order(tmp_path):
    first = interactions([DAY + 5, 1, DAY + 3], users=["a", "b", "c"])
    append_days(None, first, tmp_path / "one")
    append_days(tmp_path / "one", interactions([DAY + 3, 3 * DAY], users=["d", "e"]), tmp_path / "two")
    assert days_in(tmp_path / "two") == ["1970-01-01", "1970-01-02", "1970-01-04"]
    untouched = "1970-01-01.parquet"
    assert (tmp_path / "one" / untouched).read_bytes() == (tmp_path / "two" / untouched).read_bytes()
    assert read_interactions(tmp_path / "two" / "1970-01-02.parquet")["user_id"].tolist() == ["a", "c", "d"]
    assert read_days(tmp_path / "two")["user_id"].tolist() == ["b", "c", "d", "a", "e"]
    assert len(read_days(tmp_path / "one")) == 3


def test_reading_days_between_bounds(tmp_path):
    append_days(None, interactions([1, DAY, 2 * DAY]), tmp_path / "days")
    got = read_days(tmp_path / "days", since="1970-01-02", until="1970-01-03")
    assert got["timestamp"].tolist() == [DAY]
    pd.testing.assert_frame_equal(read_days(tmp_path / "days", until="1970-01-01"), empty())
    with pytest.raises(MissingError):
        read_days(tmp_path / "none")
    with pytest.raises(UsageError, match="is not a date"):
        read_days(tmp_path / "days", since="soon")
    with pytest.raises(UsageError, match="is not empty"):
        append_days(None, interactions([1]), tmp_path / "days")


@given(st.lists(st.integers(0, 2**40), min_size=1, max_size=60))
def test_cuts_equal_the_float_quantiles_and_slices_partition(timestamps):
    seconds = np.array(timestamps)
    cuts = time_cuts(seconds, setup_quantile=0.5, finetune_quantile=0.8)
    masks = slice_masks(seconds, cuts)
    np.testing.assert_array_equal(masks.setup, seconds < np.quantile(seconds, 0.5))
    np.testing.assert_array_equal(masks.test, seconds >= np.quantile(seconds, 0.8))
    assert (masks.setup.astype(int) + masks.finetune + masks.test == 1).all()


def test_cuts_refuse_nothing_and_disorder():
    with pytest.raises(UsageError, match="no interactions to cut"):
        time_cuts([], setup_quantile=0.5, finetune_quantile=0.8)
    with pytest.raises(UsageError, match=r"setup_quantile = 0\.9"):
        time_cuts([1], setup_quantile=0.9, finetune_quantile=0.8)


def test_held_out_users_depend_on_their_id_alone():
    users = [f"u{k}" for k in range(4000)]
    held = is_held_out(users, share=0.1, seed=3)
    assert 0.08 < held.mean() < 0.12
    np.testing.assert_array_equal(is_held_out(users[::-1], share=0.1, seed=3)[::-1], held)
    np.testing.assert_array_equal(is_held_out(users[:7], share=0.1, seed=3), held[:7])
    assert (held <= is_held_out(users, share=0.2, seed=3)).all()
    assert (held != is_held_out(users, share=0.1, seed=4)).any()
    assert not is_held_out(users, share=0.0, seed=3).any()
    assert is_held_out(users, share=1.0, seed=3).all()
