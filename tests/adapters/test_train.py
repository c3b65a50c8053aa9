import copy

import numpy as np
import pytest
import torch

from raie.adapters.bank import AdapterBank
from raie.adapters.export import save_adapter
from raie.adapters.lora import attach, fresh_adapter
from raie.adapters.train import train_adapter
from raie.backbones.batches import batch_of
from raie.exceptions import UsageError
from raie.params import AdapterParams
from raie.sequences.windows import concatenate

SEED = 5


def weightless(windows):
    return np.ones(len(windows))


def same_state(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[key], other[key]) for key in one)


def without_dropout(backbone):
    still = copy.deepcopy(backbone)
    for module in still.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    return still


def test_fresh_adapter_gives_the_base_outputs_exactly(backbone, windows, params):
    batch = batch_of(windows.histories, windows.history_times, torch.device("cpu"))
    start = fresh_adapter(backbone, params=params, seed=SEED)
    adapted = attach(backbone, params=params, start=start).eval()
    assert torch.equal(adapted(batch.items, batch.times), backbone(batch.items, batch.times))


def test_adapter_holds_two_matrices_of_the_rank_for_every_target(backbone, params):
    state = fresh_adapter(backbone, params=params, seed=SEED)
    layers = [
        name
        for name, module in backbone.named_modules()
        if name.split(".")[-1] in backbone.lora_targets and isinstance(module, torch.nn.Linear)
    ]
    expected = {f"base_model.model.{layer}.lora_{ab}.weight" for layer in layers for ab in "AB"}
    assert state.keys() == expected
    assert all(params.rank in tensor.shape for tensor in state.values())
    assert all((state[key] == 0).all() for key in state if "lora_B" in key)


def test_loss_goes_down(backbone, windows):
    params = AdapterParams(rank=8, lora_alpha=16, epochs=30, batch_size=16, learning_rate=1e-2)
    trained = train_adapter(
        backbone, windows, weightless(windows), start=None, params=params, seed=SEED, device="cpu"
    )
    assert len(trained.losses) == 30
    assert trained.losses[-1] < 0.8 * trained.losses[0]
    assert trained.steps == 30 * 3
    assert trained.examples == 30 * 40


def test_backbone_and_generator_are_left_as_they_were(backbone, windows, params):
    before, mode = copy.deepcopy(backbone.state_dict()), backbone.training
    gradients = [parameter.requires_grad for parameter in backbone.parameters()]
    modules = [name for name, _ in backbone.named_modules()]
    random = torch.random.get_rng_state()
    train_adapter(backbone, windows, weightless(windows), start=None, params=params, seed=SEED)
    assert same_state(backbone.state_dict(), before)
    assert torch.equal(torch.random.get_rng_state(), random)
    assert [parameter.requires_grad for parameter in backbone.parameters()] == gradients
    assert [name for name, _ in backbone.named_modules()] == modules
    assert backbone.training == mode


def test_same_seed_same_adapter_whatever_the_global_generator(backbone, windows, params):
    def trained(seed):
        return train_adapter(backbone, windows, weightless(windows), start=None, params=params, seed=seed)

    torch.manual_seed(1)
    first = trained(SEED)
    torch.manual_seed(2)
    second = trained(SEED)
    assert same_state(first.state, second.state)
    assert first.losses == second.losses
    assert not same_state(first.state, trained(SEED + 1).state)


def test_training_goes_on_from_where_it_starts(backbone, windows, params):
    weights = weightless(windows)
    first = train_adapter(backbone, windows, weights, start=None, params=params, seed=SEED)
    kept = copy.deepcopy(first.state)
    second = train_adapter(backbone, windows, weights, start=first.state, params=params, seed=SEED)
    assert same_state(first.state, kept)
    assert second.losses[0] < first.losses[0]


def test_weight_of_zero_leaves_a_window_out(backbone, windows, params):
    weights = weightless(windows)
    weights[25:] = 0
    with_zeros = train_adapter(backbone, windows, weights, start=None, params=params, seed=SEED)
    alone = train_adapter(
        backbone, windows.take(np.arange(25)), weights[:25], start=None, params=params, seed=SEED
    )
    assert same_state(with_zeros.state, alone.state)
    assert with_zeros.examples == 25 * params.epochs


def test_weight_of_two_counts_as_two_windows(backbone, windows):
    params = AdapterParams(rank=4, dropout=0.0, epochs=3, batch_size=100)
    still = without_dropout(backbone)
    weights = weightless(windows)
    weights[:10] = 2
    doubled = concatenate([windows, windows.take(np.arange(10))])
    by_weight = train_adapter(still, windows, weights, start=None, params=params, seed=SEED)
    by_repeat = train_adapter(still, doubled, weightless(doubled), start=None, params=params, seed=SEED)
    assert by_weight.losses == pytest.approx(by_repeat.losses, rel=1e-5)


def test_log_is_the_mean_loss(backbone, windows):
    params = AdapterParams(dropout=0.0, epochs=1, batch_size=100)
    still = without_dropout(backbone)
    weights = np.linspace(0.1, 2, len(windows))
    batch = batch_of(windows.histories, windows.history_times, torch.device("cpu"))
    scores = still.scores(still(batch.items, batch.times)).log_softmax(dim=1).detach().numpy()
    expected = np.average(-scores[np.arange(len(windows)), windows.next_items], weights=weights)
    trained = train_adapter(still, windows, weights, start=None, params=params, seed=SEED)
    assert trained.losses == pytest.approx([expected], rel=1e-5)


def test_items_added_since_genesis_can_be_learned(backbone, windows, params):
    backbone.grow(torch.zeros(2, 16))
    windows.next_items[:] = 14
    trained = train_adapter(backbone, windows, weightless(windows), start=None, params=params, seed=SEED)
    assert np.isfinite(trained.losses).all()


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.zeros(40), "none of 40 windows"),
        (np.full(40, -1.0), "negative"),
        (np.full(40, np.nan), "not finite"),
        (np.ones(3), "3 weights for 40 windows"),
    ],
)
def test_weights_that_make_no_loss_are_refused(backbone, windows, params, weights, message):
    with pytest.raises(UsageError, match=message):
        train_adapter(backbone, windows, weights, start=None, params=params, seed=SEED)


def test_unknown_next_items_are_refused(backbone, windows, params):
    windows.next_items[3] = 0
    with pytest.raises(UsageError, match="1 windows have an unknown next item"):
        train_adapter(backbone, windows, weightless(windows), start=None, params=params, seed=SEED)


def test_start_of_another_rank_is_refused(backbone, windows, params):
    start = fresh_adapter(backbone, params=AdapterParams(rank=2), seed=SEED)
    with pytest.raises(UsageError, match="does not fit the backbone"):
        train_adapter(backbone, windows, weightless(windows), start=start, params=params, seed=SEED)


def test_training_one_region_leaves_all_other_files_alone(backbone, windows, params, tmp_path):
    def save(name, seed):
        trained = train_adapter(backbone, windows, weightless(windows), start=None, params=params, seed=seed)
        save_adapter(trained.state, tmp_path / name, params=params, targets=backbone.lora_targets)

    def files():
        return {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    save("r0001", 1)
    save("r0002", 2)
    before, weights = files(), copy.deepcopy(backbone.state_dict())
    bank = AdapterBank(backbone, {name: tmp_path / name for name in ("r0001", "r0002")})
    bank.states(windows.histories, windows.history_times, "r0001")
    save("r0002", 3)
    after = files()
    changed = {path.relative_to(tmp_path).as_posix() for path in after if after[path] != before[path]}
    assert changed == {"r0002/adapter_model.safetensors"}
    assert same_state(backbone.state_dict(), weights)
