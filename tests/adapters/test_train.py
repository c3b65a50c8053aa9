import copy

import numpy as np
import pytest
import torch

from benchmarks.references.peftloop import attach
from raie.adapters.bank import AdapterBank
from raie.adapters.export import save_adapter
from raie.adapters.fresh import fresh_adapter
from raie.adapters.jobs import Job
from raie.adapters.train import train_adapters
from raie.backbones.batches import batch_of
from raie.exceptions import UsageError
from raie.params import AdapterParams
from raie.sequences.windows import concatenate
from tests.adapters.conftest import successor_windows

SEED = 5


def same_state(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[key], other[key]) for key in one)


def close(one, other):
    assert one.keys() == other.keys()
    for key in one:
        torch.testing.assert_close(one[key], other[key], rtol=1e-3, atol=1e-5)


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


def test_loss_goes_down(train, windows):
    params = AdapterParams(rank=8, lora_alpha=16, epochs=30, batch_size=16, learning_rate=1e-2)
    trained = train(windows, params=params)
    assert len(trained.losses) == 30
    assert trained.losses[-1] < 0.8 * trained.losses[0]
    assert trained.steps == 30 * 3
    assert trained.examples == 30 * 40


def test_backbone_and_generators_are_left_as_they_were(train, backbone, windows):
    before, mode = copy.deepcopy(backbone.state_dict()), backbone.training
    gradients = [parameter.requires_grad for parameter in backbone.parameters()]
    modules = [name for name, _ in backbone.named_modules()]
    random, numbers = torch.random.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    train(windows)
    assert same_state(backbone.state_dict(), before)
    assert torch.equal(torch.random.get_rng_state(), random)
    assert np.array_equal(np.random.get_state()[1], numbers)  # noqa: NPY002
    assert [parameter.requires_grad for parameter in backbone.parameters()] == gradients
    assert [name for name, _ in backbone.named_modules()] == modules
    assert backbone.training == mode


def test_same_seed_same_bytes_whatever_the_global_generator(train, windows):
    torch.manual_seed(1)
    first = train(windows)
    torch.manual_seed(2)
    second = train(windows)
    assert same_state(first.state, second.state)
    assert first.losses == second.losses
    assert not same_state(first.state, train(windows, seed=SEED + 1).state)


def test_a_region_learns_the_same_whoever_else_trains(backbone, train, windows, params):
    """At the usual dropout too, in the middle of larger and smaller regions, and in another group."""
    assert params.dropout > 0
    others = {f"r{n:04d}": Job(successor_windows(n, seed=n), np.ones(n), None, n) for n in (7, 33, 90)}
    jobs = {**others, "mine": Job(windows, np.ones(len(windows)), None, SEED)}
    together, alone = train_adapters(backbone, jobs, params=params), train(windows)
    assert list(together) == list(jobs)
    close(together["mine"].state, alone.state)
    assert together["mine"].losses == pytest.approx(alone.losses, rel=1e-5)
    assert (together["mine"].steps, together["mine"].examples) == (alone.steps, alone.examples)


def test_however_many_go_at_once(backbone, windows, params, monkeypatch):
    jobs = {f"r{n:04d}": Job(successor_windows(n, seed=n), np.ones(n), None, n) for n in (40, 7, 33, 90, 21)}
    together = train_adapters(backbone, jobs, params=params)
    monkeypatch.setattr("raie.adapters.train.ROWS_AT_ONCE", 2 * params.batch_size)
    in_pairs = train_adapters(backbone, jobs, params=params)
    assert list(in_pairs) == list(jobs)
    for name in jobs:
        close(in_pairs[name].state, together[name].state)


def test_who_has_no_steps_left_is_not_touched_again(backbone, train, params):
    """With Adam's momentum a finished region would drift on, were it still among those updated."""
    short, long = successor_windows(5, seed=1), successor_windows(200, seed=2)
    jobs = {name: Job(each, np.ones(len(each)), None, SEED) for name, each in (("a", short), ("b", long))}
    together = train_adapters(backbone, jobs, params=params)
    assert together["b"].steps > 10 * together["a"].steps
    close(together["a"].state, train(short).state)


def test_dropout_changes_what_is_learnt(train, windows, params):
    dropped = train(windows, params=params.model_copy(update={"dropout": 0.5}))
    kept = train(windows, params=params.model_copy(update={"dropout": 0.0}))
    assert not same_state(dropped.state, kept.state)


def test_training_goes_on_from_where_it_starts(train, windows):
    first = train(windows)
    kept = copy.deepcopy(first.state)
    second = train(windows, start=first.state)
    assert same_state(first.state, kept)
    assert second.losses[0] < first.losses[0]


def test_weight_of_zero_leaves_a_window_out(train, windows, params):
    weights = np.ones(len(windows))
    weights[25:] = 0
    with_zeros, alone = train(windows, weights), train(windows.take(np.arange(25)))
    assert same_state(with_zeros.state, alone.state)
    assert with_zeros.examples == 25 * params.epochs


def test_weight_of_two_counts_as_two_windows(train, windows):
    params = AdapterParams(rank=4, dropout=0.0, epochs=3, batch_size=100)
    weights = np.ones(len(windows))
    weights[:10] = 2
    doubled = concatenate([windows, windows.take(np.arange(10))])
    by_weight, by_repeat = train(windows, weights, params=params), train(doubled, params=params)
    assert by_weight.losses == pytest.approx(by_repeat.losses, rel=1e-5)


def test_log_is_the_mean_loss(train, backbone, windows):
    weights = np.linspace(0.1, 2, len(windows))
    batch = batch_of(windows.histories, windows.history_times, torch.device("cpu"))
    scores = backbone.scores(backbone(batch.items, batch.times)).log_softmax(dim=1).detach().numpy()
    expected = np.average(-scores[np.arange(len(windows)), windows.next_items], weights=weights)
    trained = train(windows, weights, params=AdapterParams(epochs=1, batch_size=100))
    assert trained.losses == pytest.approx([expected], rel=1e-5)


def test_items_added_since_genesis_can_be_learned(train, backbone, windows):
    backbone.grow(torch.zeros(2, backbone.item_vectors().shape[1]))
    windows.next_items[:] = 14
    assert np.isfinite(train(windows).losses).all()


def test_lower_precision_learns_about_the_same(backbone, train, windows, params):
    jobs = {"r0001": Job(windows, np.ones(len(windows)), None, SEED)}
    rounded = train_adapters(backbone, jobs, params=params, precision="bfloat16")["r0001"]
    assert {tensor.dtype for tensor in rounded.state.values()} == {torch.float32}
    assert rounded.losses == pytest.approx(train(windows).losses, rel=0.05)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.zeros(40), "none of 40 windows"),
        (np.full(40, -1.0), "negative"),
        (np.full(40, np.nan), "not finite"),
        (np.full(40, 1e-60), "none of 40 windows"),
        (np.ones(3), "3 weights for 40 windows"),
    ],
)
def test_weights_that_make_no_loss_are_refused(train, windows, weights, message):
    with pytest.raises(UsageError, match=message):
        train(windows, weights)


def test_unknown_next_items_are_refused(train, windows):
    windows.next_items[3] = 0
    with pytest.raises(UsageError, match="1 windows have an unknown next item"):
        train(windows)


def test_next_items_that_the_backbone_does_not_know_are_refused(train, windows, backbone):
    windows.next_items[3] = backbone.n_items + 1
    with pytest.raises(UsageError, match=f"a next item of r0001 is {backbone.n_items + 1}"):
        train(windows)


def test_start_of_another_rank_is_refused(train, backbone, windows):
    start = fresh_adapter(backbone, params=AdapterParams(rank=2), seed=SEED)
    with pytest.raises(UsageError, match="that r0001 starts from does not fit the backbone"):
        train(windows, start=start)


def test_nothing_to_train_is_nothing_trained(backbone, params):
    assert train_adapters(backbone, {}, params=params) == {}


def test_training_one_region_leaves_all_other_files_alone(train, backbone, windows, params, tmp_path):
    def save(name, seed):
        state = train(windows, seed=seed).state
        save_adapter(state, tmp_path / name, params=params, targets=backbone.lora_targets)

    def files():
        return {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    save("r0001", 1)
    save("r0002", 2)
    before, weights = files(), copy.deepcopy(backbone.state_dict())
    bank = AdapterBank(backbone, {name: tmp_path / name for name in ("r0001", "r0002")})
    bank.states(windows.histories, windows.history_times, ["r0001"] * len(windows))
    save("r0002", 3)
    after = files()
    changed = {path.relative_to(tmp_path).as_posix() for path in after if after[path] != before[path]}
    assert changed == {"r0002/adapter_model.safetensors"}
    assert same_state(backbone.state_dict(), weights)
