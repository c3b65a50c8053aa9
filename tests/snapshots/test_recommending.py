"""Recommendations of a loaded snapshot: who else is asked for changes nothing, to the bit."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from raie.datastore.entries import Entries
from raie.datastore.files import DATASTORE, ODDS
from raie.datastore.odds import Odds
from raie.encodings.encode import encode
from raie.exceptions import UsageError
from raie.sequences.histories import Histories
from raie.sequences.vocabulary import Vocabulary
from raie.snapshots.recommending import recommend_users
from raie.snapshots.serving import ServedSnapshot
from tests.smallsnapshot import PARAMS, write_artefacts

LENGTH = PARAMS.sequences.length


SPEAKING = ("r0001", "r0002")


@pytest.fixture(scope="module", params=[(), SPEAKING], ids=["adapters alone", "regions speak"])
def speaking(request):
    return request.param


@pytest.fixture(scope="module")
def data(tmp_path_factory, speaking):
    folder = tmp_path_factory.mktemp("snapshot")
    write_artefacts(folder, speaking=speaking)
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


def scores_of(served, data, alone, region, *, speaking):
    """Scores of one history, by the formulas in plain numbers."""
    states = served.bank.states(alone.histories, alone.history_times, [region or None])
    scores = served.bank.scores(states)[0].double().numpy()
    if not speaking:
        return scores
    odds = Odds.load(data / "adapters" / region / ODDS) if region in speaking else None
    if odds:
        np.add.at(scores, alone.histories[0], odds.habits.numpy())
    likely = np.exp(scores[1:] - scores[1:].max())
    mixed = np.concatenate([[0], likely / likely.sum()])
    if odds:
        weight, sharpness, repeat = odds.trust.numpy()
        entries = Entries.load(data / "regions" / DATASTORE / region, with_users=True)
        cosines = entries.encodings @ encode(served.backbone, alone, batch_size=1)[0]
        again = np.isin(entries.next_items, alone.histories[0])
        mixed *= np.exp(weight)
        np.add.at(mixed, entries.next_items, np.exp(np.exp(sharpness) * (cosines - 1) + repeat * again))
    return np.log(mixed / mixed.sum(), where=mixed > 0, out=np.full(len(mixed), -np.inf))


def test_items_are_the_best_of_what_the_region_answers(
    recommended, served, data, vocabulary, current, speaking
):
    frame = recommended()
    assert frame["fallback"].any() and not frame["fallback"].all()
    assert not speaking or set(frame["adapter"]) > set(speaking)
    for row, (_, user) in enumerate(frame.iterrows()):
        alone = current.take(np.array([row]))
        scores = scores_of(served, data, alone, user["adapter"], speaking=speaking)
        scores[alone.histories[0]] = -np.inf
        best = np.argsort(-scores, kind="stable")[:6]
        assert user["items"] == [vocabulary.items[item - 1] for item in best]
        assert user["scores"] == pytest.approx(scores[best], abs=1e-4)


def test_windows_are_ranked_as_they_are_recommended(recommended, served, vocabulary, current):
    frame = recommended(exclude_seen=False, k=5)
    best = [vocabulary.indices(row) for row in frame["items"]]
    for place in range(5):
        asked = replace(current, next_items=np.array([row[place] for row in best], dtype=np.int32))
        assert (served.judge(asked).routed_ranks == place + 1).all()


def test_the_trace_says_which_adapter_and_why(recommended, served, current):
    frame = recommended()
    assert frame["user_id"].tolist() == current.user_ids.tolist()
    assert set(frame["region"]) <= set(served.regions.ids)
    assert (frame["adapter"] == frame["region"].where(~frame["fallback"], "")).all()
    assert (frame["angle"] <= frame["radius"])[~frame["fallback"]].any()
    assert (frame["angle"] > frame["radius"])[frame["fallback"]].all()
    assert (frame["region"] != frame["runner_up"]).all()
    assert frame["margin"].between(0, 1).all()


def test_the_share_of_neighbours_is_theirs_where_a_region_speaks(recommended, speaking):
    shares = recommended().set_index("adapter")["neighbour_share"]
    for region, share in shares.items():
        assert (0 < share < 1) if region in speaking else share == 0
    assert not speaking or shares.max() > 0.1


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
