import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from raie.backbones import itemblocks
from raie.backbones.ranking import item_ranks, label_ranks
from raie.exceptions import UsageError
from raie.metrics.ranking import MISS, target_ranks


@given(st.integers(0, 10_000), st.integers(1, 6), st.integers(1, 90), st.sampled_from([1, 7, 64, 2048]))
def test_ranks_are_those_of_the_whole_table(seed, n, n_items, block):
    # Small whole numbers: ties are common, and no product rounds.
    generator = np.random.default_rng(seed)
    states = generator.integers(-2, 3, (n, 3)).astype(np.float32)
    vectors = generator.integers(-2, 3, (n_items + 1, 3)).astype(np.float32)
    targets = generator.integers(0, n_items + 1, n)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(itemblocks.ITEMS_AT_ONCE, "cpu", block)
        ranks = item_ranks(*(torch.as_tensor(array) for array in (states, vectors, targets)))
    np.testing.assert_array_equal(ranks.numpy(), target_ranks(states @ vectors.T, targets))


def test_the_size_of_blocks_does_not_matter(monkeypatch):
    generator = torch.Generator().manual_seed(0)
    states, vectors = torch.randn(64, 32, generator=generator), torch.randn(3001, 32, generator=generator)
    targets = torch.randint(0, 3001, (64,), generator=generator)
    vectors[1000:2000] = vectors[2000:3000]
    whole = item_ranks(states, vectors, targets)
    monkeypatch.setitem(itemblocks.ITEMS_AT_ONCE, "cpu", 100)
    assert torch.equal(item_ranks(states, vectors, targets), whole)


@pytest.mark.parametrize("n", [1, 2, 33])
def test_a_target_never_ranks_before_itself(n):
    """A product of one row rounds otherwise than that of many columns."""
    generator = torch.Generator().manual_seed(0)
    for _ in range(200):
        states = torch.randn(n, 64, generator=generator)
        vectors = torch.randn(12, 64, generator=generator)
        best = 1 + (states @ vectors[1:].T).argmax(dim=1)
        assert item_ranks(states, vectors, best).tolist() == [1] * n


@pytest.mark.parametrize("target", [-1, 4])
def test_a_target_without_a_vector_is_refused(target):
    with pytest.raises(UsageError, match=f"target {target} has no score: indices run from 0 to 3"):
        item_ranks(torch.ones(1, 2), torch.ones(4, 2), torch.tensor([target]))


def test_what_has_no_rank_is_refused():
    with pytest.raises(UsageError, match="not finite"):
        item_ranks(torch.full((1, 2), torch.nan), torch.ones(4, 2), torch.tensor([1]))


def test_the_batch_size_does_not_matter(backbone, windows):
    ranks = label_ranks(backbone, windows, batch_size=7)
    np.testing.assert_array_equal(ranks, label_ranks(backbone, windows, batch_size=1000))
    assert ((ranks >= 1) & (ranks <= backbone.n_items)).all()


def test_an_unknown_label_is_a_miss(backbone, windows):
    unknown = windows.known_up_to(6)
    ranks = label_ranks(backbone, unknown, batch_size=50)
    assert (ranks[unknown.next_items == 0] == MISS).all()
    assert (ranks[unknown.next_items > 0] <= backbone.n_items).all()


def test_no_windows_have_no_ranks(backbone, windows):
    assert label_ranks(backbone, windows.take(np.arange(0)), batch_size=5).shape == (0,)


def test_nobody_has_no_rank():
    nobody = torch.zeros(0, dtype=torch.int64)
    assert item_ranks(torch.ones(0, 2), torch.ones(4, 2), nobody).shape == (0,)
