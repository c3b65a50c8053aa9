import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from sklearn.metrics import ndcg_score, top_k_accuracy_score

from raie.exceptions import UsageError
from raie.metrics.ranking import (
    MISS,
    gains_at_k,
    hits_at_k,
    ndcg_at_k,
    popularity_ranks,
    recall_at_k,
    target_ranks,
    top_k,
)

INF = np.inf

# Few distinct values, so that ties are common.
tied_scores = arrays.arrays(
    np.float32,
    st.tuples(st.integers(1, 6), st.integers(2, 9)),
    elements=st.sampled_from([-INF, -1.0, 0.0, 1.0, 2.0]),
)


def untied(seed, n=40, n_items=30):
    generator = np.random.default_rng(seed)
    scores = generator.normal(size=(n, n_items + 1)).astype(np.float32)
    scores[:, 0] = -INF
    return scores, generator.integers(1, n_items + 1, size=n)


def test_ranks_by_hand():
    scores = np.array([[-INF, 0.1, 0.9, 0.5], [-INF, 3.0, 2.0, 1.0], [9.0, 1.0, 1.0, 1.0]])
    assert target_ranks(scores, np.array([3, 1, 2])).tolist() == [2, 1, 2]


def test_metrics_by_hand():
    ranks = np.array([1, 2, 3, 4, MISS])
    assert recall_at_k(ranks, 3) == 3 / 5
    assert ndcg_at_k(ranks, 3) == pytest.approx((1 + 1 / np.log2(3) + 1 / 2) / 5)
    assert hits_at_k(ranks, 3).tolist() == [1, 1, 1, 0, 0]
    assert gains_at_k(ranks, 10)[3] == pytest.approx(1 / np.log2(5))


def test_padding_never_counts_whatever_its_score():
    scores = np.array([[100.0, 1.0, 2.0]])
    assert target_ranks(scores, np.array([2])).tolist() == [1]
    assert top_k(scores, 2)[0].tolist() == [[2, 1]]


def test_unknown_and_excluded_targets_are_misses():
    scores = np.array([[-INF, 1.0, -INF], [-INF, 1.0, -INF]])
    assert target_ranks(scores, np.array([0, 2])).tolist() == [MISS, MISS]


def test_ties_go_to_the_lower_index():
    scores = np.array([[-INF, 1.0, 1.0, 1.0]] * 3)
    assert target_ranks(scores, np.array([1, 2, 3])).tolist() == [1, 2, 3]
    assert top_k(scores, 2)[0].tolist() == [[1, 2]] * 3


def test_rows_short_of_candidates_are_filled_with_padding():
    items, scores = top_k(np.array([[-INF, -INF, 5.0]]), 4)
    assert items.tolist() == [[2, 0, 0, 0]]
    assert scores.tolist() == [[5.0, -INF, -INF, -INF]]


@given(tied_scores, st.integers(1, 12))
def test_target_is_in_the_top_k_exactly_when_its_rank_is_at_most_k(scores, k):
    items, _ = top_k(scores, k)
    for target in range(1, scores.shape[1]):
        ranks = target_ranks(scores, np.full(len(scores), target))
        assert ((items == target).any(axis=1) == (ranks <= k)).all()
        listed = ranks <= k
        assert (items[listed, ranks[listed] - 1] == target).all()


@given(tied_scores)
def test_inputs_are_not_changed(scores):
    before = scores.copy()
    target_ranks(scores, np.ones(len(scores), dtype=np.int32))
    top_k(scores, 3)
    assert np.array_equal(scores, before)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("k", [1, 5, 10])
def test_agrees_with_scikit_learn(seed, k):
    scores, targets = untied(seed)
    relevance = np.zeros((len(targets), scores.shape[1] - 1))
    relevance[np.arange(len(targets)), targets - 1] = 1
    labels = np.arange(1, scores.shape[1])
    ranks = target_ranks(scores, targets)
    assert recall_at_k(ranks, k) == pytest.approx(
        top_k_accuracy_score(targets, scores[:, 1:], k=k, labels=labels)
    )
    assert ndcg_at_k(ranks, k) == pytest.approx(ndcg_score(relevance, scores[:, 1:], k=k))


@given(st.lists(st.integers(0, 3), min_size=2, max_size=12), st.data())
def test_popularity_is_the_ranking_of_the_same_counts_for_everyone(counts, data):
    targets = np.array(data.draw(st.lists(st.integers(0, len(counts) - 1), max_size=8)), dtype=np.int64)
    scores = np.tile(np.array(counts, dtype=np.float64), (len(targets), 1))
    expected = target_ranks(scores, targets) if len(targets) else targets
    assert popularity_ranks(np.array(counts), targets).tolist() == expected.tolist()


@pytest.mark.parametrize("seed", range(3))
def test_permuting_rows_permutes_ranks(seed):
    scores, targets = untied(seed)
    order = np.random.default_rng(seed).permutation(len(targets))
    assert np.array_equal(target_ranks(scores, targets)[order], target_ranks(scores[order], targets[order]))


@pytest.mark.parametrize(
    ("scores", "targets", "message"),
    [
        (np.array([[0.0, np.nan]]), np.array([1]), "NaN"),
        (np.array([[0.0, 1.0]]), np.array([2]), "target 2"),
        (np.array([[0.0, 1.0]]), np.array([-1]), "target -1"),
        (np.array([[0.0, 1.0]]), np.array([1, 1]), "do not fit"),
    ],
)
def test_scores_without_a_rank_are_refused(scores, targets, message):
    with pytest.raises(UsageError, match=message):
        target_ranks(scores, targets)


def test_no_rows_and_no_k_are_refused():
    with pytest.raises(UsageError, match="0 windows"):
        recall_at_k(np.array([], dtype=np.int64), 10)
    with pytest.raises(UsageError, match="k = 0"):
        ndcg_at_k(np.array([1]), 0)
