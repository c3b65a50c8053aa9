import numpy as np
import pytest

from raie.adapters.jobs import Job
from raie.adapters.train import train_adapters
from raie.backbones.registry import build_backbone
from raie.params import AdapterParams, BackboneParams
from raie.sequences.windows import Windows

N_ITEMS = 12


def successor_windows(n, seed, step=1):
    """Histories that walk around a circle of items; the next item is one step further."""
    generator = np.random.default_rng(seed)
    starts = generator.integers(N_ITEMS, size=n)
    walk = (starts[:, None] + step * np.arange(7)) % N_ITEMS + 1
    times = 1 + np.tile(np.arange(7), (n, 1))
    histories, history_times = walk[:, :6].astype(np.int32), times[:, :6].astype(np.int64)
    padded = generator.integers(4, size=n)
    for row in range(n):
        histories[row, : padded[row]] = history_times[row, : padded[row]] = 0
    users = np.array([f"u{row}" for row in range(n)])
    return Windows(users, histories, history_times, walk[:, 6].astype(np.int32), times[:, 6])


@pytest.fixture(params=["sasrec", "bert4rec", "tisasrec"])
def backbone(request):
    params = BackboneParams(name=request.param, dim=16, n_layers=2, n_heads=2, max_length=8)
    return build_backbone(params, N_ITEMS, 3)


@pytest.fixture
def windows():
    return successor_windows(40, seed=0)


@pytest.fixture
def params():
    return AdapterParams(rank=4, lora_alpha=8, epochs=2, batch_size=16, learning_rate=1e-2)


@pytest.fixture
def train(backbone, params):
    """Train one region alone."""

    def trained(windows, weights=None, *, seed=5, start=None, params=params, backbone=backbone):
        given = np.ones(len(windows)) if weights is None else weights
        return train_adapters(backbone, {"r0001": Job(windows, given, start, seed)}, params=params)["r0001"]

    return trained
