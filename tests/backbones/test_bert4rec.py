import pytest
import torch

from raie.backbones.protocol import Batch
from raie.backbones.registry import build_backbone
from raie.params import BackboneParams


def bert4rec(**changes):
    return build_backbone(BackboneParams(name="bert4rec", dim=16, max_length=8, **changes), 12, seed=0)


def test_a_position_sees_the_whole_history():
    items, changed = torch.tensor([[1, 2, 3, 4, 5]]), torch.tensor([[1, 2, 3, 9, 5]])
    before, after = (bert4rec().hidden_states(Batch(rows, rows)) for rows in (items, changed))
    assert not torch.allclose(before[:, 0], after[:, 0])


def test_a_full_history_loses_its_oldest_item_to_the_mask():
    full, shorter = torch.arange(1, 9)[None], torch.arange(2, 9)[None]
    model = bert4rec()
    torch.testing.assert_close(model(full, full), model(shorter, shorter))


ITEMS = torch.tensor([[0, 0, 3, 5, 4], [1, 2, 6, 7, 8], [0, 0, 0, 0, 0]])


@pytest.mark.parametrize("n_layers", [1, 3])
def test_states_are_those_of_the_library(n_layers):
    model = bert4rec(n_layers=n_layers)
    seen = ITEMS != 0
    seen[:, -1] = True
    whole = model.bert(
        inputs_embeds=model.items(ITEMS), attention_mask=seen.long(), position_ids=model.positions(5)[None]
    ).last_hidden_state
    torch.testing.assert_close(model.hidden_states(Batch(ITEMS, ITEMS))[seen], whole[seen])


@pytest.mark.parametrize("n_layers", [1, 3])
def test_the_state_of_the_mask_is_that_of_a_full_pass(n_layers):
    model = bert4rec(n_layers=n_layers, dropout=0.0).train()
    mask = torch.zeros_like(ITEMS, dtype=torch.bool)
    mask[:, -1] = True
    full, newest = model._states_at(ITEMS, mask), model(ITEMS[:, :-1], ITEMS[:, :-1])
    torch.testing.assert_close(newest, full)
    parameters = dict(model.named_parameters()).values()
    wanted, found = (
        torch.autograd.grad(states.square().sum(), parameters, allow_unused=True) for states in (full, newest)
    )
    torch.testing.assert_close(found, wanted)


def test_the_newest_item_is_always_masked():
    items = torch.tensor([[0, 0, 0, 3, 5, 4]])
    model = bert4rec(mask_share=1e-9)
    state = model(items[:, :-1], items[:, :-1])
    wanted = -model.scores(state).log_softmax(dim=1)[0, 4]
    torch.testing.assert_close(model.pretraining_loss(Batch(items, items), torch.Generator()), wanted)


def test_the_loss_does_not_read_a_masked_item():
    model = bert4rec(mask_share=1 - 1e-7)
    one, other = torch.tensor([[3, 5, 4]]), torch.tensor([[6, 1, 9]])
    drawn = torch.ones(1, 3, dtype=torch.bool)
    assert torch.equal(model._states_at(one, drawn), model._states_at(other, drawn))
