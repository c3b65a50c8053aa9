"""What every backbone promises, run over all of them."""

import numpy as np
import peft
import pytest
import torch
from peft.tuners.lora import Linear as LoraLinear
from pydantic import ValidationError

from raie.backbones.batches import batch_of
from raie.backbones.protocol import PAD, Batch
from raie.backbones.registry import build_backbone
from raie.exceptions import UsageError
from raie.params import BackboneParams

N_ITEMS = 12
SEED = 3


@pytest.fixture
def batch():
    generator = torch.Generator().manual_seed(0)
    items = torch.randint(1, N_ITEMS + 1, (5, 6), generator=generator)
    items[0, :4] = PAD
    return Batch(items, torch.arange(30).view(5, 6))


def with_adapter(backbone):
    config = peft.LoraConfig(r=2, lora_alpha=4, target_modules=list(backbone.lora_targets))
    return peft.get_peft_model(backbone, config).eval()


def test_the_protocol_exports_the_padding_index():
    assert PAD == 0


def test_shapes_and_types(backbone, batch):
    assert backbone.hidden_states(batch).shape == (5, 6, 16)
    states = backbone(batch.items, batch.times)
    assert states.shape == (5, 16)
    assert states.dtype == torch.float32
    assert backbone.item_vectors().shape == (N_ITEMS + 1, 16)
    assert backbone.scores(states).shape == (5, N_ITEMS + 1)
    assert backbone.n_items == N_ITEMS


def test_padding_is_never_recommended(backbone, batch):
    assert (backbone.scores(backbone(batch.items, batch.times))[:, PAD] == -torch.inf).all()


def test_more_padding_changes_nothing(backbone, batch):
    padded = Batch(*(torch.nn.functional.pad(rows, (1, 0)) for rows in (batch.items, batch.times)))
    torch.testing.assert_close(backbone(padded.items, padded.times), backbone(batch.items, batch.times))
    kept = batch.items != PAD
    left, right = backbone.hidden_states(padded)[:, 1:], backbone.hidden_states(batch)
    torch.testing.assert_close(left[kept], right[kept])


def test_batches_drop_columns_of_padding_only():
    items = np.array([[0, 0, 0, 3], [0, 0, 5, 6]])
    batch = batch_of(items, items * 10, torch.device("cpu"))
    assert batch.items.tolist() == [[0, 3], [5, 6]]
    assert batch.times.tolist() == [[0, 30], [50, 60]]
    assert batch_of(items * 0, items, torch.device("cpu")).items.shape == (2, 1)


def test_permuting_histories_permutes_states(backbone, batch):
    order = torch.tensor([3, 0, 4, 1, 2])
    torch.testing.assert_close(
        backbone(batch.items[order], batch.times[order]), backbone(batch.items, batch.times)[order]
    )


def test_the_order_of_a_history_matters(backbone, batch):
    turned = torch.flip(batch.items[1:], dims=[1])
    assert not torch.allclose(backbone(turned, batch.times[1:]), backbone(batch.items[1:], batch.times[1:]))


def test_an_empty_history_gives_finite_states(backbone):
    nothing = torch.zeros(2, 3, dtype=torch.int64)
    assert torch.isfinite(backbone(nothing, nothing)).all()
    assert torch.isfinite(backbone.hidden_states(Batch(nothing, nothing))).all()


def test_a_history_as_long_as_the_model_reads_is_fine(backbone):
    items = torch.arange(1, 9)[None]
    assert backbone(items, items).shape == (1, 16)


def test_a_history_that_is_too_long_is_refused(backbone):
    items = torch.ones(1, 9, dtype=torch.int64)
    with pytest.raises(UsageError, match=r"9 items exceeds backbone.max_length = 8"):
        backbone.hidden_states(Batch(items, items))


def test_a_seed_decides_the_weights_and_touches_nothing_global(params):
    before = torch.get_rng_state()
    first, same, other = (build_backbone(params, N_ITEMS, seed).state_dict() for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(first[name], same[name]) for name in first)
    assert not torch.equal(first["items.genesis"], other["items.genesis"])


def test_item_vectors_start_with_unit_length_and_without_padding(params):
    vectors = build_backbone(params, 2000, SEED).item_vectors()
    assert (vectors[PAD] == 0).all()
    assert vectors[1:].std().item() == pytest.approx(16**-0.5, rel=0.05)


def test_the_loss_is_a_differentiable_scalar_that_the_generator_decides(backbone, batch):
    losses = [backbone.pretraining_loss(batch, torch.Generator().manual_seed(7)) for _ in range(2)]
    assert losses[0].shape == ()
    assert torch.equal(losses[0], losses[1])
    losses[0].backward()
    gradient = backbone.items.genesis.grad
    assert (gradient[PAD] == 0).all()
    assert (gradient[1:] != 0).any(dim=1).all()


def test_growing_keeps_rows_and_scores_to_the_byte(backbone, batch):
    before = backbone.item_vectors().detach().clone()
    states = backbone(batch.items, batch.times)
    first, second = torch.randn(2, 16), torch.randn(3, 16)
    backbone.grow(first)
    backbone.grow(second)
    assert backbone.n_items == N_ITEMS + 5
    assert torch.equal(backbone.item_vectors(), torch.cat([before, first, second]))
    assert torch.equal(backbone(batch.items, batch.times), states)
    assert backbone.scores(states).shape == (5, N_ITEMS + 6)


def test_a_grown_item_can_be_read(backbone):
    backbone.grow(backbone.item_vectors()[4:5])
    old, new = torch.tensor([[1, 2, 4]]), torch.tensor([[1, 2, N_ITEMS + 1]])
    torch.testing.assert_close(backbone(new, old), backbone(old, old))


def test_rows_of_another_width_do_not_fit(backbone):
    with pytest.raises(UsageError, match=r"shape \(2, 5\), expected \(n_new, 16\)"):
        backbone.grow(torch.zeros(2, 5))


def test_a_dim_that_heads_do_not_divide_is_refused(params):
    with pytest.raises(ValidationError, match="dim = 15 is not a multiple of n_heads = 2"):
        BackboneParams(**{**params.model_dump(), "dim": 15})


def test_a_backbone_of_nothing_is_refused(params):
    with pytest.raises(UsageError, match="a backbone of 0 items ranks nothing"):
        build_backbone(params, 0, SEED)


@torch.no_grad()
def test_a_fresh_adapter_equals_the_base(params, backbone, batch):
    base = backbone(batch.items, batch.times)
    adapted = with_adapter(build_backbone(params, N_ITEMS, SEED))
    assert torch.equal(adapted(batch.items, batch.times), base)


def test_an_adapter_attaches_to_every_inner_linear_layer_and_nothing_else(params):
    backbone = build_backbone(params, N_ITEMS, SEED)
    linear = [name for name, module in backbone.named_modules() if isinstance(module, torch.nn.Linear)]
    adapted = with_adapter(backbone)
    wrapped = [name for name, module in adapted.named_modules() if isinstance(module, LoraLinear)]
    assert sorted(wrapped) == sorted(f"base_model.model.{name}" for name in linear)
    # attention has four, a feed-forward layer two at least
    assert len(linear) >= 6 * params.n_layers


def test_an_adapter_learns_and_the_base_stays(params, batch):
    backbone = build_backbone(params, N_ITEMS, SEED)
    adapted = with_adapter(backbone)
    loss = backbone.items.cross_entropy(adapted(batch.items, batch.times), batch.items[:, -1])
    loss.backward()
    trained = {name for name, weight in adapted.named_parameters() if weight.grad is not None}
    assert trained
    assert all("lora_" in name for name in trained)
