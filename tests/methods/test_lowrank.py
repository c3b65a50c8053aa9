"""Adapters that learn, against the adapters that RAIE trains and serves with."""

import numpy as np
import torch

from raie.adapters.jobs import Job
from raie.adapters.train import train_adapters
from raie.backbones.batches import batch_of
from raie.methods.contract import Budget
from raie.methods.fitting import derived, drawn, next_item_loss, spend
from raie.methods.lowrank import ALPHA_PER_RANK, Adapted
from raie.params import AdapterParams


def batch_from(windows):
    return batch_of(windows.histories, windows.history_times, torch.device("cpu"))


def learnt(adapted, seed=0):
    """Adapters of which no matrix is zero."""
    with torch.no_grad():
        adapted.rows += 0.1 * torch.randn(adapted.rows.shape, generator=torch.Generator().manual_seed(seed))
    return adapted


def test_the_baseline_learns_what_one_region_would(material):
    """RAIE and its baselines differ in method, not in how an adapter is trained."""
    params = AdapterParams(rank=4, lora_alpha=ALPHA_PER_RANK * 4, epochs=6, batch_size=16, learning_rate=1e-2)
    job = Job(material.finetune, np.ones(len(material.finetune)), None, material.seed)
    trained = train_adapters(material.backbone, {"r0001": job}, params=params)["r0001"]
    adapted = Adapted(material.backbone, rank=4, seed=material.seed)
    spent = spend(
        material.budget,
        material.finetune,
        lambda batch, targets, _: next_item_loss(adapted.states(batch, train=True), adapted.vectors, targets),
        [adapted.rows],
        learning_rate=1e-2,
        seed=material.seed,
        falls=False,
    )
    assert (spent.steps, spent.examples) == (trained.steps, trained.examples)
    expected = adapted._adapters.stack.pack([trained.state])
    assert torch.allclose(adapted.rows, expected, atol=1e-3)


def test_a_gate_of_one_is_that_adapter_alone(material):
    adapted, batch = (
        learnt(Adapted(material.backbone, rank=2, n_adapters=3, seed=1)),
        batch_from(material.setup),
    )
    gates = torch.eye(3)[torch.arange(len(material.setup)) % 3]
    mixed = adapted.states(batch, gates)
    for place in range(3):
        alone = adapted.states(batch, rows=adapted.rows[place : place + 1])
        mine = gates[:, place] == 1
        assert torch.allclose(mixed[mine], alone[mine], atol=1e-5)


def test_no_gate_is_the_base(material):
    adapted, batch = (
        learnt(Adapted(material.backbone, rank=2, n_adapters=3, seed=1)),
        batch_from(material.setup),
    )
    nothing = adapted.states(batch, torch.zeros(len(material.setup), 3))
    assert torch.allclose(nothing, adapted.bare_states(batch), atol=1e-6)
    assert torch.allclose(nothing, material.backbone.eval()(batch.items, batch.times), atol=1e-6)


def test_a_mixture_is_the_weighted_sum_of_products(material):
    """In a layer: half of one adapter's product and half of another's are one adapter of both."""
    adapted = learnt(Adapted(material.backbone, rank=2, n_adapters=2, seed=1))
    wide = Adapted(material.backbone, rank=4, seed=1)
    with torch.no_grad():
        for name, (down, up) in wide.matrices(wide.rows).items():
            parts = adapted.matrices(adapted.rows)[name]
            down[0], up[0] = torch.cat([*parts.down], dim=0), torch.cat([*(0.5 * parts.up)], dim=1)
    batch = batch_from(material.setup)
    mixed = adapted.states(batch, torch.full((len(material.setup), 2), 0.5))
    assert torch.allclose(mixed, wide.states(batch), atol=1e-5)


def test_a_budget_is_spent_to_the_last_example():
    for n_windows, examples in ((10, 30), (10, 25), (10, 4), (3, 10)):
        steps = list(drawn(n_windows, Budget(examples, 4), seed=0))
        assert sum(map(len, steps)) == examples
        assert max(np.bincount(np.concatenate(steps))) <= -(-examples // n_windows)


def test_parts_of_a_budget_are_all_of_it():
    for examples in (30, 90_000, 1):
        for shares in ((0.5, 0.5), (1 / 3, 1 / 3, 1 / 3), (1.0,)):
            assert sum(part.examples for part in Budget(examples, 64).parts(*shares)) == examples
    assert Budget(100, 64).parts(0.3) == (Budget(30, 64),)


def test_seeds_that_one_seed_decides_have_nothing_in_common():
    seeds = [derived(seed, place) for seed in range(5) for place in range(8)]
    assert len(set(seeds)) == len(seeds)
    assert [derived(seed, 0) for seed in range(5)] == list(range(5))
