"""The stage recommend: nothing that a user ever touched, unless the params want it."""

import pandas as pd
import pytest

from raie.interactions.days import read_days
from tests.smallsnapshot import PARAMS, run_stage, write_artefacts, write_params


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("repository")
    (folder / "data").mkdir()
    write_artefacts(folder / "data")
    return folder


@pytest.fixture(scope="module")
def seen(root):
    pairs = read_days(root / "data" / "raw").groupby("user_id")["item_id"]
    return {user: set(items) for user, items in pairs}


def test_no_item_is_recommended_that_a_user_ever_interacted_with(root, seen):
    write_params(root)
    frame = run_stage(root)
    assert len(frame) == 40
    assert all(len(items) == PARAMS.recommend.k for items in frame["items"])
    for user, items in zip(frame["user_id"], frame["items"], strict=True):
        assert not set(items) & seen[user]


def test_the_world_holds_what_a_window_would_forget(root, seen):
    """Without this the test above could not fail: more was seen than histories keep, some rated low."""
    histories = pd.read_parquet(root / "data" / "histories" / "histories.parquet")
    assert histories.groupby("user_id").size().max() == PARAMS.sequences.length
    assert max(map(len, seen.values())) > 2 * PARAMS.sequences.length
    write_params(root, recommend={"exclude_seen": False})
    frame = run_stage(root)
    assert any(set(items) & seen[user] for user, items in zip(frame["user_id"], frame["items"], strict=True))


def test_the_same_inputs_give_the_same_bytes(root):
    write_params(root)
    file = root / "data" / "recommendations" / "recommendations.parquet"
    run_stage(root)
    first = file.read_bytes()
    run_stage(root)
    assert file.read_bytes() == first
