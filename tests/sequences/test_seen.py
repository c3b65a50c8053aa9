"""What users saw: all of it, from every day, against pandas."""

import numpy as np
import pandas as pd
import pytest

from raie.exceptions import MissingError
from raie.interactions import pairs
from raie.interactions.days import append_days
from raie.interactions.table import TYPES, empty
from raie.sequences.seen import seen_items
from raie.sequences.vocabulary import Vocabulary

DAY = 86_400
VOCABULARY = Vocabulary(tuple(f"i{item}" for item in range(20)))


@pytest.fixture(params=[0, 1, 2])
def rows(request):
    """Nine users over five days, pairs repeated; i20 and beyond are in no vocabulary."""
    rng = np.random.default_rng(request.param)
    n = 400
    frame = pd.DataFrame(
        {
            "user_id": [f"u{user}" for user in rng.integers(0, 9, size=n)],
            "item_id": [f"i{item}" for item in rng.integers(0, 24, size=n)],
            "timestamp": rng.integers(0, 5 * DAY, size=n),
            "rating": rng.integers(1, 6, size=n),
        }
    )
    return frame.astype(TYPES)


@pytest.fixture
def raw(rows, tmp_path):
    append_days(None, rows, tmp_path / "raw")
    return tmp_path / "raw"


def expected(rows, user):
    items = rows["item_id"][rows["user_id"] == user]
    return sorted({int(item[1:]) + 1 for item in items if int(item[1:]) < 20})


def test_every_known_item_of_every_day_once(rows, raw):
    users = [f"u{user}" for user in range(9)]
    found = seen_items(raw, users, VOCABULARY)
    assert [items.tolist() for items in found] == [expected(rows, user) for user in users]
    assert all(items.dtype == np.int64 for items in found)


def test_users_come_in_the_order_asked_for_and_may_repeat(rows, raw):
    users = ["u7", "nobody", "u2", "u7"]
    found = seen_items(raw, users, VOCABULARY)
    assert [items.tolist() for items in found] == [expected(rows, user) for user in users]
    assert found[1].tolist() == []
    assert seen_items(raw, [], VOCABULARY) == []


def test_batches_of_any_size_give_the_same(raw, monkeypatch):
    users = [f"u{user}" for user in range(9)]
    whole = seen_items(raw, users, VOCABULARY)
    monkeypatch.setattr(pairs, "BATCH", 7)
    assert len(list(pairs.read_pairs(raw))) > 50
    for one, other in zip(whole, seen_items(raw, users, VOCABULARY), strict=True):
        assert np.array_equal(one, other)


def test_pairs_are_the_rows_in_file_order(rows, raw):
    read = [
        (users[user], items[item])
        for (users, user_codes), (items, item_codes) in pairs.read_pairs(raw)
        for user, item in zip(user_codes, item_codes, strict=True)
    ]
    by_day = rows.assign(day=rows["timestamp"] // DAY).sort_values("day", kind="stable")
    assert read == list(zip(by_day["user_id"], by_day["item_id"], strict=True))


def test_days_without_rows_and_no_days_at_all(tmp_path):
    append_days(None, empty(), tmp_path / "raw")
    assert [items.tolist() for items in seen_items(tmp_path / "raw", ["u1", "u2"], VOCABULARY)] == [[], []]
    with pytest.raises(MissingError, match="does not exist"):
        seen_items(tmp_path / "none", ["u1"], VOCABULARY)
