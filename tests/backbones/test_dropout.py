import pytest
import torch
from torch import nn

from raie.backbones.dropout import Dropout, with_own_dropout


@pytest.fixture(autouse=True)
def seeded():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_every_place_is_dropped_as_often_and_the_mean_stays(p):
    out = Dropout(p)(torch.ones(40_000, 3, 3))
    torch.testing.assert_close((out == 0).float().mean(0), torch.full((3, 3), p), atol=0.015, rtol=0)
    # the four elements that share a drawn number among them
    lanes = (out.flatten()[: 4 * 90_000].view(-1, 4) == 0).float()
    torch.testing.assert_close(torch.corrcoef(lanes.T), torch.eye(4), atol=0.02, rtol=0)
    torch.testing.assert_close(out.max(), torch.tensor(1 / (1 - p)), rtol=1e-3, atol=0)


def test_gradients_pass_where_elements_were_kept():
    states = torch.randn(7, 5, requires_grad=True)
    out = Dropout(0.3)(states)
    (gradient,) = torch.autograd.grad(out.sum(), states)
    torch.testing.assert_close(out, states * gradient)


def test_the_global_generator_decides():
    states, dropout = torch.ones(50), Dropout(0.5)
    state = torch.get_rng_state()
    first, other = dropout(states), dropout(states)
    torch.set_rng_state(state)
    assert torch.equal(dropout(states), first)
    assert not torch.equal(other, first)


@pytest.mark.parametrize("dropout", [Dropout(0.5).eval(), Dropout(0.0)])
def test_nothing_is_dropped_outside_training_or_at_zero(dropout):
    states, before = torch.randn(9), torch.get_rng_state()
    assert torch.equal(dropout(states), states)
    assert torch.equal(torch.get_rng_state(), before)


def test_dropouts_below_a_module_are_replaced():
    module = nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.Dropout(0.3)), nn.Dropout(0.1))
    with_own_dropout(module)
    found = [child for child in module.modules() if isinstance(child, nn.Dropout)]
    assert [type(child) for child in found] == [Dropout, Dropout]
    assert [child.p for child in found] == [0.3, 0.1]
