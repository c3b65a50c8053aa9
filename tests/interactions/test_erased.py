"""Rows of erased users go, all others stay to the byte."""

import hashlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raie.interactions.days import append_days, day_file, days_in, read_days
from raie.interactions.erased import accepted_since, is_erased, user_digest, without_erased
from raie.interactions.table import TYPES

DAY = 86_400


def interactions(users, days):
    columns = {
        "user_id": users,
        "item_id": [f"i{place}" for place in range(len(users))],
        "timestamp": np.asarray(days) * DAY + np.arange(len(users)),
        "rating": np.nan,
    }
    return pd.DataFrame(columns).astype(TYPES)


def test_a_digest_is_what_anybody_computes():
    assert user_digest("u1") == hashlib.sha256(b"u1").hexdigest()
    assert user_digest("Ünï") == hashlib.sha256("Ünï".encode()).hexdigest()


@given(users=st.lists(st.text(max_size=3), max_size=30), gone=st.sets(st.text(max_size=3), max_size=5))
@settings(max_examples=60, deadline=None)
def test_rows_are_told_by_the_digest_of_their_user(users, gone):
    erasure = [user_digest(user) for user in gone]
    assert is_erased(users, erasure).tolist() == [user in gone for user in users]


@pytest.fixture
def raw(tmp_path):
    rows = interactions(["a", "b", "a", "c", "b", "b", "a"], [0, 0, 1, 1, 2, 3, 4])
    append_days(None, rows, tmp_path / "raw")
    return tmp_path / "raw"


def contents(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_untouched_days_keep_their_bytes_and_empty_ones_go(raw):
    before, rows = contents(raw), read_days(raw)
    with without_erased(raw, [user_digest("a")]) as kept:
        left = read_days(kept)
        pd.testing.assert_frame_equal(left, rows[rows["user_id"] != "a"].reset_index(drop=True))
        assert days_in(kept) == days_in(raw)[:4]
        for day in days_in(raw)[2:4]:
            assert day_file(kept, day).read_bytes() == before[f"{day}.parquet"]
    assert contents(raw) == before and not kept.exists()


def test_without_an_erasure_the_folder_itself_is_handed_on(raw):
    with without_erased(raw, []) as kept:
        assert kept == raw
    with without_erased(None, ["0"]) as kept:
        assert kept is None


def test_what_came_since_is_all_that_the_earlier_days_lack(raw, tmp_path):
    late = interactions(["d", "a", "a"], [0, 0, 5])
    append_days(raw, late, tmp_path / "now")
    found = accepted_since(raw, tmp_path / "now")
    pd.testing.assert_frame_equal(found, late)
    assert len(accepted_since(tmp_path / "now", raw)) == len(accepted_since(raw, raw)) == 0
