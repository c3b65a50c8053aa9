"""Recommendations of a loaded snapshot: who else is asked for changes nothing, to the bit."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from raie.exceptions import UsageError
from raie.sequences.histories import Histories
from raie.sequences.vocabulary import Vocabulary
from raie.snapshots.recommending import recommend_users
from raie.snapshots.serving import ServedSnapshot
from tests.smallsnapshot import PARAMS, write_artefacts

LENGTH = PARAMS.sequences.length


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("snapshot")
    write_artefacts(folder)
    return folder


@pytest.fixture(scope="module")
def served(data):
    folders = {name: data / name for name in ("backbone", "regions", "adapters")}
    return ServedSnapshot.load(**folders, params=PARAMS)


@pytest.fixture(scope="module")
def vocabulary(data):
    return Vocabulary.load(data / "histories" / "vocabulary.json")


@pytest.fixture(scope="module")
def current(data):
    return Histories.load(data / "histories" / "histories.parquet", length=LENGTH).latest(LENGTH)


@pytest.fixture
def recommended(served, vocabulary, current):
    def call(rows=None, **changes):
        windows = current if rows is None else current.take(np.asarray(rows))
        return recommend_users(served, vocabulary, windows, **({"k": 6, "exclude_seen": True} | changes))

    return call


def test_items_are_the_best_under_the_adapter_of_the_row(recommended, served, vocabulary, current):
    frame = recommended()
    assert frame["fallback"].any() and not frame["fallback"].all()
    for row, (_, user) in enumerate(frame.iterrows()):
        alone = current.take(np.array([row]))
        scores = served.bank.scores(
            served.bank.states(alone.histories, alone.history_times, [user["adapter"] or None])
        )[0].numpy()
        scores[alone.histories[0]] = -np.inf
        best = np.argsort(-scores, kind="stable")[:6]
        assert user["items"] == [vocabulary.items[item - 1] for item in best]
        assert user["scores"] == pytest.approx(scores[best], abs=1e-5)


def test_the_trace_says_which_adapter_and_why(recommended, served, current):
    frame = recommended()
    assert frame["user_id"].tolist() == current.user_ids.tolist()
    assert set(frame["region"]) <= set(served.regions.ids)
    assert (frame["adapter"] == frame["region"].where(~frame["fallback"], "")).all()
    assert (frame["angle"] <= frame["radius"])[~frame["fallback"]].any()
    assert (frame["angle"] > frame["radius"])[frame["fallback"]].all()
    assert (frame["region"] != frame["runner_up"]).all()
    assert frame["margin"].between(0, 1).all()


@pytest.mark.parametrize("size", [1, 2, 7, 8, 9, 39])
def test_a_user_gets_the_same_bytes_whoever_else_is_asked_for(recommended, size):
    everybody = recommended()
    for seed in range(3):
        rows = np.random.default_rng(seed).permutation(len(everybody))[:size]
        pd.testing.assert_frame_equal(
            recommended(rows), everybody.iloc[rows].reset_index(drop=True), check_exact=True
        )


def test_a_batch_of_short_histories_is_no_exception(served, vocabulary, current):
    histories, times = current.histories.copy(), current.history_times.copy()
    histories[:16, :1] = times[:16, :1] = 0
    mixed = replace(current, histories=histories, history_times=times)
    everybody = recommend_users(served, vocabulary, mixed, k=6, exclude_seen=True)
    for rows in ([3], [2, 30], list(range(8))):
        some = recommend_users(served, vocabulary, mixed.take(np.array(rows)), k=6, exclude_seen=True)
        pd.testing.assert_frame_equal(some, everybody.iloc[rows].reset_index(drop=True), check_exact=True)


def test_fewer_items_are_the_first_of_more(recommended):
    more, fewer = recommended(k=12), recommended(k=5)
    for name in ("items", "scores"):
        assert [row[:5] for row in more[name]] == fewer[name].tolist()


def test_seen_items_are_left_out_by_choice(recommended, vocabulary, current):
    best = recommended(exclude_seen=False)
    seen = [vocabulary.indices(row[:2]).astype(np.int64) for row in best["items"]]
    for row, items in enumerate(recommended(seen=seen)["items"]):
        history = {vocabulary.items[item - 1] for item in current.histories[row] if item}
        assert not set(items) & (history | set(best["items"][row][:2]))
    pd.testing.assert_frame_equal(recommended(seen=seen, exclude_seen=False), best)


def test_a_list_ends_where_no_item_is_left(recommended, vocabulary):
    everything = np.arange(1, len(vocabulary) + 1)
    frame = recommended(rows=[0, 1, 2], seen=[everything, everything[3:], everything[:0]], k=40)
    assert [len(row) for row in frame["items"]] == [len(row) for row in frame["scores"]]
    assert len(frame["items"][0]) == 0
    assert set(frame["items"][1]) <= set(vocabulary.items[:3])
    assert "" not in frame["items"][2]


def test_nobody_gets_an_empty_table_of_the_same_columns(recommended):
    assert recommended(rows=np.zeros(0, dtype=int)).columns.tolist() == recommended().columns.tolist()


def test_a_list_of_seen_items_is_needed_for_each_window(recommended):
    with pytest.raises(UsageError, match="1 lists of seen items for 2 histories"):
        recommended(rows=[0, 1], seen=[np.array([1])])
