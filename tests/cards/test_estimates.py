"""Means with intervals over users: what holds for every table of ranks."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raie.cards.estimates import UNKNOWN, Estimate, estimate
from raie.metrics.bootstrap import paired_bootstrap
from raie.metrics.ranking import hits_at_k, ndcg_at_k, recall_at_k
from raie.params import Params

PARAMS = Params.model_validate({"evaluate": {"k": 5}, "promotion": {"n_resamples": 100}})


def table(rows):
    users, first, second = zip(*rows, strict=True)
    return pd.DataFrame(
        {"user_id": [f"u{user}" for user in users], "candidate_rank": first, "base_rank": second}
    )


many = st.lists(
    st.tuples(st.integers(0, 6), st.integers(1, 12), st.integers(1, 12)), min_size=1, max_size=30
).map(table)


@settings(max_examples=40, deadline=None)
@given(many)
def test_means_are_the_metrics_and_lie_in_their_intervals(windows):
    found, values = estimate(windows, "candidate_rank", PARAMS), windows["candidate_rank"].to_numpy()
    assert found.recall.value == pytest.approx(recall_at_k(values, 5))
    assert found.ndcg.value == pytest.approx(ndcg_at_k(values, 5))
    for each in (found.recall, found.ndcg):
        assert (each.low is None) == (windows["user_id"].nunique() < 2)
        if each.low is not None:
            assert 0 <= each.low <= each.high <= 1


@settings(max_examples=40, deadline=None)
@given(many)
def test_windows_that_all_stand_twice_change_nothing(windows):
    twice = pd.concat([windows, windows], ignore_index=True)
    once, again = (estimate(each, "candidate_rank", PARAMS, less="base_rank") for each in (windows, twice))
    for name in ("recall", "ndcg"):
        for part in ("value", "low", "high"):
            assert getattr(getattr(once, name), part) == pytest.approx(getattr(getattr(again, name), part))


@settings(max_examples=40, deadline=None)
@given(many)
def test_a_model_less_itself_is_nothing(windows):
    found = estimate(windows, "base_rank", PARAMS, less="base_rank")
    assert {found.recall.value, found.ndcg.value} == {0.0}
    assert found.recall.low in (None, 0.0) and found.recall.high in (None, 0.0)


def test_a_difference_is_drawn_as_the_verdict_draws_it():
    rng = np.random.default_rng(0)
    windows = table(np.column_stack([rng.integers(0, 9, 60), rng.integers(1, 12, (60, 2))]).tolist())
    drawn = paired_bootstrap(
        hits_at_k(windows["candidate_rank"].to_numpy(), 5),
        hits_at_k(windows["base_rank"].to_numpy(), 5),
        windows["user_id"].to_numpy(np.str_),
        seed=PARAMS.compute.seed,
        n_resamples=100,
    )
    found = estimate(windows, "candidate_rank", PARAMS, less="base_rank").recall
    assert found == Estimate(drawn.difference, drawn.low, drawn.high)
    assert found.low < found.value < found.high


def test_no_windows_say_nothing():
    assert estimate(table([(0, 1, 1)]).iloc[:0], "candidate_rank", PARAMS) == UNKNOWN
