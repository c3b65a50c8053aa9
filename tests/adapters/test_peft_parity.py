"""All regions at once against PEFT, one region after another."""

import copy

import numpy as np
import peft
import pytest
import torch

from benchmarks.references.peftloop import attach, seeded, state_of, train_one_by_one
from raie.adapters.export import save_adapter
from raie.adapters.fresh import fresh_adapter
from raie.adapters.jobs import Job
from raie.adapters.stack import Stack
from raie.adapters.stackedlinear import LowRank, Mounted
from raie.adapters.train import train_adapters
from raie.backbones.batches import batch_of
from raie.backbones.registry import build_backbone
from raie.params import AdapterParams, BackboneParams
from tests.adapters.conftest import N_ITEMS, successor_windows

CPU = torch.device("cpu")
PARAMS = AdapterParams(rank=4, lora_alpha=12, epochs=3, batch_size=16, learning_rate=5e-3, dropout=0.0)
SCALE = PARAMS.lora_alpha / PARAMS.rank


KINDS = {
    "sasrec": {},
    "bert4rec": {},
    "tisasrec": {},
    "openp5-t5": {"family": "t5"},
    "openp5-llama": {"family": "llama"},
}


@pytest.fixture(params=KINDS)
def backbone(request):
    """Every backbone, language models too."""
    shape = {"dim": 16, "n_layers": 2, "n_heads": 2, "max_length": 8, **KINDS[request.param]}
    return build_backbone(BackboneParams(name=request.param.split("-")[0], **shape), N_ITEMS, 3)


@pytest.fixture
def states(backbone):
    """Three adapters whose B is not zero, so that every matrix has a gradient."""
    generator = torch.Generator().manual_seed(1)
    fresh = [fresh_adapter(backbone, params=PARAMS, seed=seed) for seed in range(3)]
    return [
        {key: value + 0.1 * torch.randn(value.shape, generator=generator) for key, value in state.items()}
        for state in fresh
    ]


def mounted(backbone, rows):
    """The backbone under all adapters of ``rows``, as training carries them."""
    model = Mounted(backbone, CPU)
    matrices = Stack.on(backbone, rank=PARAMS.rank).matrices(rows)
    model.carry({name: LowRank(down, SCALE * up) for name, (down, up) in matrices.items()})
    return model.backbone


def next_item_loss(model, scores, windows):
    batch = batch_of(windows.histories, windows.history_times, CPU)
    targets = torch.as_tensor(windows.next_items.astype(np.int64))
    return torch.nn.functional.cross_entropy(scores(model(batch.items, batch.times)), targets)


def test_fresh_adapters_are_those_that_peft_draws(backbone):
    for seed in (0, 5):
        with seeded(seed):
            drawn = state_of(attach(backbone, params=PARAMS))
        fresh = fresh_adapter(backbone, params=PARAMS, seed=seed)
        assert list(fresh) == list(drawn)
        assert all(torch.equal(fresh[key], drawn[key]) for key in drawn)


def test_outputs_of_a_mixed_batch(backbone, states, windows):
    mixed = mounted(backbone, Stack.on(backbone, rank=PARAMS.rank).pack(states))
    batch = batch_of(windows.histories[:39], windows.history_times[:39], CPU)
    outputs = mixed(batch.items, batch.times).view(3, 13, -1)
    for number, state in enumerate(states):
        alone = attach(backbone, params=PARAMS, start=state).eval()
        expected = alone(batch.items, batch.times).view(3, 13, -1)[number]
        torch.testing.assert_close(outputs[number], expected, rtol=1e-4, atol=1e-5)


def test_gradients_of_every_matrix(backbone, states, windows):
    stack = Stack.on(backbone, rank=PARAMS.rank)
    rows = stack.pack(states).requires_grad_()
    model = mounted(backbone, rows)
    batch = batch_of(windows.histories[:39], windows.history_times[:39], CPU)
    targets = torch.as_tensor(windows.next_items[:39].astype(np.int64))
    scores = model.scores(model(batch.items, batch.times))
    torch.autograd.backward(torch.nn.functional.cross_entropy(scores, targets, reduction="sum") / 13)
    for number, state in enumerate(states):
        alone = attach(backbone, params=PARAMS, start=state).eval()
        part = windows.take(np.arange(13 * number, 13 * (number + 1)))
        torch.autograd.backward(next_item_loss(alone, alone.get_base_model().scores, part))
        found = stack.unpack(rows.grad[number])
        wanted = {
            name.replace(".default.", "."): parameter.grad
            for name, parameter in alone.named_parameters()
            if parameter.requires_grad
        }
        assert found.keys() == wanted.keys()
        for name, gradient in wanted.items():
            assert gradient.abs().max() > 0
            torch.testing.assert_close(found[name], gradient, rtol=1e-3, atol=1e-5)


def test_results_of_training(backbone, states):
    """Regions of one, several and a flood of windows, fresh and continued, with weights."""
    sizes = {"r0001": 40, "r0002": 7, "r0003": 130}
    starts = dict(zip(sizes, (None, states[0], None), strict=True))
    jobs = {
        name: Job(successor_windows(n, seed=n), np.linspace(0.0, 2.0, n), starts[name], seed=n)
        for name, n in sizes.items()
    }
    ours = train_adapters(backbone, jobs, params=PARAMS)
    theirs = train_one_by_one(backbone, jobs, params=PARAMS, backbone_dropout=False)
    met = successor_windows(60, seed=9)
    batch = batch_of(met.histories, met.history_times, CPU)
    for name, expected in theirs.items():
        found = ours[name]
        assert (found.steps, found.examples) == (expected.steps, expected.examples)
        assert found.losses == pytest.approx(expected.losses, rel=1e-4)
        assert found.state.keys() == expected.state.keys()
        # Not number by number: Adam takes full steps along gradients that are nothing but rounding, as those
        # of a softmax over one token are.
        after, wanted = (
            attach(backbone, params=PARAMS, start=each.state).eval()(batch.items, batch.times)
            for each in (found, expected)
        )
        torch.testing.assert_close(after, wanted, rtol=1e-3, atol=1e-3)


def test_plain_peft_serves_what_was_trained(backbone, windows, tmp_path):
    trained = train_adapters(backbone, {"r0001": Job(windows, np.ones(40), None, 1)}, params=PARAMS)
    state = trained["r0001"].state
    save_adapter(state, tmp_path / "r0001", params=PARAMS, targets=backbone.lora_targets)
    theirs = peft.PeftModel.from_pretrained(copy.deepcopy(backbone), tmp_path / "r0001").eval()
    ours = mounted(backbone, Stack.on(backbone, rank=PARAMS.rank).pack([state]))
    batch = batch_of(windows.histories, windows.history_times, CPU)
    expected = theirs(batch.items, batch.times)
    torch.testing.assert_close(ours(batch.items, batch.times), expected, rtol=1e-4, atol=1e-5)
    assert not torch.allclose(expected, backbone(batch.items, batch.times), atol=1e-3)
