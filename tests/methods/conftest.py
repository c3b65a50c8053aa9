import numpy as np
import pytest

from raie.backbones.registry import build_backbone
from raie.methods.contract import Budget, Material
from raie.params import BackboneParams, PretrainParams
from raie.sequences.training import Timelines
from tests.adapters.conftest import N_ITEMS, successor_windows


def in_time_order(windows, *, after=0):
    """Windows a day apart, as the contract wants them, from so many days on."""
    times = 86_400 * (after + np.arange(1, len(windows) + 1))
    return type(windows)(
        windows.user_ids, windows.histories, windows.history_times, windows.next_items, times
    )


def walks(n_users):
    """Timelines of users who walk around the circle, some by one and some by two."""
    items = [np.arange(9) * (1 + user % 2) % N_ITEMS + 1 for user in range(n_users)]
    times = np.tile(np.arange(9), n_users)
    return Timelines(np.concatenate(items).astype(np.int32), times, 9 * np.arange(1, n_users + 1))


def material_of(backbone, seed=5, n=96):
    return Material(
        backbone=backbone,
        setup=in_time_order(successor_windows(120, seed=1)),
        finetune=in_time_order(successor_windows(n, seed=2, step=2)),
        everything=walks(12),
        newest=successor_windows(10, seed=3, step=2),
        pretrain=PretrainParams(epochs=2),
        budget=Budget(examples=6 * n, batch_size=16),
        seed=seed,
    )


@pytest.fixture
def backbone():
    params = BackboneParams(dim=16, n_layers=1, n_heads=2, max_length=8)
    return build_backbone(params, N_ITEMS, 3)


@pytest.fixture
def material(backbone):
    return material_of(backbone)
