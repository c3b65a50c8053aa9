import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from raie.backbones import itemblocks
from raie.backbones.topk import Pairs, top_items, top_scores
from raie.exceptions import UsageError
from raie.metrics.ranking import top_k


@st.composite
def cases(draw):
    """States and vectors of small whole numbers, so that ties are common and no product rounds."""
    generator = np.random.default_rng(draw(st.integers(0, 10_000)))
    n, n_items = draw(st.integers(1, 5)), draw(st.integers(1, 120))
    states = torch.tensor(generator.integers(-2, 3, (n, 3)), dtype=torch.float32)
    vectors = torch.tensor(generator.integers(-2, 3, (n_items + 1, 3)), dtype=torch.float32)
    n_pairs = draw(st.integers(0, 3 * n_items))
    rows, items = generator.integers(0, n, n_pairs), generator.integers(1, n_items + 1, n_pairs)
    return states, vectors, Pairs(torch.as_tensor(rows), torch.as_tensor(items))


@given(cases(), st.integers(1, 130), st.sampled_from([1, 7, 64, 2048]))
def test_lists_what_the_whole_table_lists(case, k, block):
    states, vectors, excluded = case
    table = (states @ vectors.T).numpy()
    table[excluded.rows, excluded.items] = -np.inf
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(itemblocks.ITEMS_AT_ONCE, "cpu", block)
        items, scores = top_items(states, vectors, k, excluded=excluded)
    expected_items, expected_scores = top_k(table, k)
    np.testing.assert_array_equal(items.numpy(), expected_items)
    np.testing.assert_array_equal(scores.numpy(), expected_scores)


@given(cases(), st.integers(1, 130))
def test_of_a_table_lists_the_same(case, k):
    states, vectors, excluded = case
    table = states @ vectors.T
    table[:, 0] = -torch.inf
    for given_pairs in (None, excluded):
        expected = top_items(states, vectors, k, excluded=given_pairs)
        found = top_scores(table.clone(), k, excluded=given_pairs)
        for part, other in zip(found, expected, strict=True):
            assert torch.equal(part, other)


def test_a_table_that_has_no_order_is_refused():
    with pytest.raises(UsageError, match="scores hold NaN"):
        top_scores(torch.tensor([[0.0, torch.nan]]), 1)
    with pytest.raises(UsageError, match="k = 0: ask for at least 1 item"):
        top_scores(torch.zeros(1, 2), 0)


def test_the_size_of_blocks_does_not_matter(monkeypatch):
    generator = torch.Generator().manual_seed(0)
    states = torch.randn(16, 32, generator=generator)
    vectors = torch.randn(5001, 32, generator=generator)
    whole = top_items(states, vectors, 20)
    monkeypatch.setitem(itemblocks.ITEMS_AT_ONCE, "cpu", 96)
    items, scores = top_items(states, vectors, 20)
    assert torch.equal(items, whole[0])
    torch.testing.assert_close(scores, whole[1])


def test_blocks_have_one_shape_and_hold_every_item_once(monkeypatch):
    monkeypatch.setitem(itemblocks.ITEMS_AT_ONCE, "cpu", 10)
    states, vectors = torch.ones(7, 2), torch.ones(96, 2)
    met = []
    for first, scores in itemblocks.score_blocks(states, vectors):
        assert scores.shape == (7, 10)
        met += (first + torch.nonzero(torch.isfinite(scores[0]))[:, 0]).tolist()
    assert met == list(range(1, 96))


def test_inputs_are_left_as_they_were():
    states, vectors = torch.randn(3, 4), torch.randn(9, 4)
    pairs = Pairs(torch.tensor([2, 0]), torch.tensor([8, 1]))
    before = [tensor.clone() for tensor in (states, vectors, *pairs)]
    top_items(states, vectors, 3, excluded=pairs)
    assert all(torch.equal(old, new) for old, new in zip(before, (states, vectors, *pairs), strict=True))


def test_what_has_no_order_is_refused():
    with pytest.raises(UsageError, match="k = 0"):
        top_items(torch.ones(1, 2), torch.ones(3, 2), 0)
    for states, vectors in (
        (torch.full((1, 2), torch.nan), torch.ones(3, 2)),
        (torch.ones(1, 2), torch.full((3, 2), torch.nan)),
    ):
        with pytest.raises(UsageError, match="not finite"):
            top_items(states, vectors, 1)


def test_nobody_gets_nothing():
    items, scores = top_items(torch.ones(0, 2), torch.ones(3, 2), 2)
    assert items.shape == scores.shape == (0, 2)
