import numpy as np
import pytest

from raie.exceptions import UsageError
from raie.routing.recommend import recommend
from raie.routing.score import routed_ranks


@pytest.fixture
def best(bank, windows, routes, regions):
    def call(rows=None, **changes):
        chosen = np.arange(len(windows)) if rows is None else rows
        options = {"k": 5, "exclude_seen": True, "batch_size": 8} | changes
        return recommend(
            bank,
            windows.histories[chosen],
            windows.history_times[chosen],
            routes.take(chosen),
            regions.ids,
            **options,
        )

    return call


def test_shapes_order_and_no_padding(best):
    items, scores = best()
    assert items.shape == scores.shape == (60, 5)
    assert (items.dtype, scores.dtype) == (np.int64, np.float32)
    assert (items > 0).all()
    assert (np.diff(scores, axis=1) <= 0).all()
    assert all(len(set(row)) == 5 for row in items.tolist())


def test_items_are_those_ranked_first(best, bank, windows, routes, regions):
    items, _ = best(exclude_seen=False)
    ranks = routed_ranks(bank, windows, routes, regions.ids, batch_size=8)
    assert ((items == windows.next_items[:, None]).any(axis=1) == (ranks <= 5)).all()


def test_permuting_histories_permutes_recommendations(best):
    order = np.random.default_rng(1).permutation(60)
    items, scores = best()
    permuted_items, permuted_scores = best(order)
    assert np.array_equal(items[order], permuted_items)
    assert np.allclose(scores[order], permuted_scores, atol=1e-5)


def test_items_of_the_history_are_left_out(best, windows):
    items, _ = best(k=25)
    for row in range(len(windows)):
        assert not set(items[row]) & (set(windows.histories[row]) - {0})
    with_seen, _ = best(k=25, exclude_seen=False)
    assert any(set(with_seen[row]) & set(windows.histories[row]) for row in range(len(windows)))


def test_items_seen_earlier_are_left_out_too(best):
    items, _ = best()
    seen = [row[:2] for row in items]
    later, _ = best(seen=seen)
    assert np.array_equal(later[:, :3], items[:, 2:])
    kept, _ = best(seen=seen, exclude_seen=False)
    assert np.array_equal(kept, best(exclude_seen=False)[0])


def test_lists_of_seen_items_may_differ_in_length(best):
    items, _ = best()
    seen = [row[: number % 4] for number, row in enumerate(items)]
    later, _ = best(seen=seen)
    for number, row in enumerate(later):
        kept = 5 - number % 4
        assert np.array_equal(row[:kept], items[number, 5 - kept :])


@pytest.mark.parametrize("rows", [[7], [3, 59], list(range(11, 30))])
def test_a_history_gets_the_same_bytes_whoever_else_is_asked_for(best, rows):
    together, alone = best(), best(np.array(rows))
    assert alone[0].tobytes() == together[0][rows].tobytes()
    assert alone[1].tobytes() == together[1][rows].tobytes()


def test_more_than_there_is_ends_in_padding(best, windows):
    items, scores = best(k=40)
    for row in range(len(windows)):
        left = 30 - len(set(windows.histories[row]) - {0})
        assert (items[row, :left] > 0).all()
        assert (items[row, left:] == 0).all()
        assert np.isneginf(scores[row, left:]).all()


def test_same_inputs_same_bytes(best):
    first, second = best(), best()
    assert first[0].tobytes() == second[0].tobytes()
    assert first[1].tobytes() == second[1].tobytes()


def test_what_cannot_be_recommended_is_refused(best):
    with pytest.raises(UsageError, match="k = 0"):
        best(k=0)
    with pytest.raises(UsageError, match="2 lists of seen items for 60 histories"):
        best(seen=[np.array([1])] * 2)


def test_routes_must_fit_the_histories(bank, windows, routes, regions):
    arrays = windows.histories, windows.history_times, routes.take(np.arange(5))
    with pytest.raises(UsageError, match="5 routes for 60 histories"):
        recommend(bank, *arrays, regions.ids, k=5, exclude_seen=True, batch_size=8)
