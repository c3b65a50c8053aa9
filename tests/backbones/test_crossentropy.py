import pytest
import torch
from torch.nn import functional

from raie.backbones.crossentropy import STATES_AT_ONCE, summed_cross_entropy

N, V, D = 2 * STATES_AT_ONCE + 10, 30, 5


@pytest.fixture
def drawn():
    generator = torch.Generator().manual_seed(0)
    states = torch.randn(N, D, generator=generator, dtype=torch.float64, requires_grad=True)
    vectors = torch.randn(V, D, generator=generator, dtype=torch.float64, requires_grad=True)
    targets = torch.randint(V, (N,), generator=generator)
    weights = torch.rand(N, generator=generator, dtype=torch.float64)
    return states, vectors, targets, weights


def test_value_and_gradients_are_those_of_the_plain_formula(drawn):
    states, vectors, targets, weights = drawn
    plain = functional.cross_entropy(states @ vectors.T, targets, reduction="none")
    total, losses = summed_cross_entropy(states, vectors, targets, weights)
    torch.testing.assert_close(losses, plain.detach())
    torch.testing.assert_close(total, (weights * plain).sum())
    wanted = torch.autograd.grad((weights * plain).sum() * 3, (states, vectors))
    torch.testing.assert_close(torch.autograd.grad(total * 3, (states, vectors)), wanted)


def test_one_side_may_be_frozen(drawn):
    states, vectors, targets, weights = drawn
    both = torch.autograd.grad(summed_cross_entropy(*drawn)[0], (states, vectors))
    frozen, _ = summed_cross_entropy(states, vectors.detach(), targets, weights)
    torch.testing.assert_close(torch.autograd.grad(frozen, states), both[:1])
    frozen, _ = summed_cross_entropy(states.detach(), vectors, targets, weights)
    torch.testing.assert_close(torch.autograd.grad(frozen, vectors), both[1:])


def test_large_scores_stay_finite(drawn):
    states, vectors, targets, weights = drawn
    total, losses = summed_cross_entropy(1e4 * states, vectors, targets, weights)
    assert torch.isfinite(losses).all()
    assert all(torch.isfinite(gradient).all() for gradient in torch.autograd.grad(total, (states, vectors)))


def test_inputs_stay_as_they_were(drawn):
    before = [tensor.detach().clone() for tensor in drawn]
    torch.autograd.backward(summed_cross_entropy(*drawn)[0])
    assert all(torch.equal(left, right) for left, right in zip(before, drawn, strict=True))
