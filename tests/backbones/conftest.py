import numpy as np
import pytest

from raie.backbones.registry import build_backbone
from raie.params import BackboneParams
from raie.sequences.events import Events
from raie.sequences.windows import production_windows

KINDS = {
    "sasrec": {},
    "bert4rec": {},
    "tisasrec": {},
    "openp5-t5": {"family": "t5"},
    "openp5-llama": {"family": "llama", "n_layers": 1},
}
N_ITEMS = 12


@pytest.fixture(params=KINDS)
def params(request):
    shape = {"dim": 16, "n_layers": 2, "n_heads": 2, "max_length": 8, **KINDS[request.param]}
    return BackboneParams(name=request.param.split("-")[0], **shape)


@pytest.fixture
def backbone(params):
    return build_backbone(params, N_ITEMS, seed=3)


@pytest.fixture
def cycle():
    """Users who walk around a circle of items, some of them backwards: easy to learn."""
    steps, n_users = 16, 30
    users = np.array([f"u{user}" for _ in range(steps) for user in range(n_users)])
    at = np.arange(n_users) + np.arange(steps)[:, None] * np.where(np.arange(n_users) % 2, 1, -1)
    return Events(users, (at.ravel() % N_ITEMS + 1).astype(np.int32), np.repeat(np.arange(steps), n_users))


@pytest.fixture
def windows(cycle):
    return production_windows(cycle, cycle.times >= 12, length=6, min_history=2)
