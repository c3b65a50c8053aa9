import pytest
import torch

from raie.backbones.protocol import Batch
from raie.backbones.registry import build_backbone
from raie.params import BackboneParams

ITEMS = torch.tensor([[0, 0, 3, 5, 4], [1, 2, 6, 7, 8], [0, 0, 0, 0, 0]])
TIMES = torch.tensor([[0, 0, 10, 15, 99], [1, 2, 6, 70, 800], [0, 0, 0, 0, 0]])


@pytest.fixture(params=["sasrec", "tisasrec"])
def model(request):
    params = BackboneParams(name=request.param, dim=16, n_layers=2, n_heads=2, max_length=8, dropout=0.0)
    return build_backbone(params, 12, seed=0).train()


def test_the_newest_state_is_that_of_a_full_pass(model):
    full, newest = model.hidden_states(Batch(ITEMS, TIMES))[:, -1], model(ITEMS, TIMES)
    torch.testing.assert_close(newest, full)
    parameters = list(model.parameters())
    wanted, found = (
        torch.autograd.grad(states.square().sum(), parameters, allow_unused=True) for states in (full, newest)
    )
    torch.testing.assert_close(found, wanted)


def test_the_last_block_finishes_the_newest_position_alone(model):
    shapes = []
    model.blocks[-1].up_proj.register_forward_hook(lambda *call: shapes.append(call[-1].shape))
    model(ITEMS, TIMES)
    model.hidden_states(Batch(ITEMS, TIMES))
    assert shapes == [(3, 1, 64), (3, 5, 64)]
