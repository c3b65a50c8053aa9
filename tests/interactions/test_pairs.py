import numpy as np
import pandas as pd
import pytest

from raie.interactions import pairs
from raie.interactions.days import append_days
from raie.interactions.pairs import read_pairs
from raie.interactions.table import TYPES

DAY = 86_400


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    columns = {
        "user_id": [f"u{user}" for user in rng.integers(0, 9, size=60)],
        "item_id": [f"i{item}" for item in rng.integers(0, 24, size=60)],
        "timestamp": np.sort(rng.integers(0, 6 * DAY, size=60)),
        "rating": np.nan,
    }
    return pd.DataFrame(columns).astype(TYPES)


def decoded(coded):
    names, codes = coded
    assert len(set(names)) == len(names)
    return [names[code] for code in codes]


@pytest.mark.parametrize("bound", [1, 7, 25, 1000])
def test_every_row_comes_once_in_batches_that_are_bounded(rows, tmp_path, monkeypatch, bound):
    append_days(None, rows, tmp_path / "raw")
    monkeypatch.setattr(pairs, "BATCH", bound)
    batches = [(decoded(users), decoded(items)) for users, items in read_pairs(tmp_path / "raw")]
    assert max(len(users) for users, _ in batches) <= bound
    assert [user for users, _ in batches for user in users] == rows["user_id"].tolist()
    assert [item for _, items in batches for item in items] == rows["item_id"].tolist()


def test_small_days_share_a_batch(rows, tmp_path):
    append_days(None, rows, tmp_path / "raw")
    assert len(list((tmp_path / "raw").iterdir())) > 1
    assert len(list(read_pairs(tmp_path / "raw"))) == 1


def test_no_days_hold_no_pairs(tmp_path):
    assert list(read_pairs(tmp_path)) == []
