"""Invented histories, backbones and adapters of the sizes that are compared."""

from pathlib import Path

import numpy as np
import torch

from raie.adapters.export import save_adapter
from raie.adapters.fresh import fresh_adapter
from raie.backbones.protocol import Backbone
from raie.backbones.registry import build_backbone
from raie.params import AdapterParams, BackboneParams
from raie.sequences.training import Timelines
from raie.sequences.windows import Windows

LENGTH = 20
ADAPTERS = AdapterParams(epochs=1)

FULL = {
    "sasrec": BackboneParams(name="sasrec", dim=128, n_layers=2, n_heads=2, dropout=0.2),
    "bert4rec": BackboneParams(name="bert4rec", dim=256, n_layers=4, n_heads=4, dropout=0.2),
    "tisasrec": BackboneParams(name="tisasrec", dim=128, n_layers=2, n_heads=2, dropout=0.2),
    "openp5": BackboneParams(name="openp5", dim=128, n_layers=2, n_heads=2, dropout=0.1),
}
SMALL = {
    "sasrec": BackboneParams(name="sasrec", dim=64, n_layers=2, n_heads=2, dropout=0.2),
    "bert4rec": BackboneParams(name="bert4rec", dim=64, n_layers=2, n_heads=2, dropout=0.2),
}
N_ITEMS = {True: 1000, False: 3300}
"""Items of the catalogue, by whether the run is small."""


def backbone_named(name: str, *, small: bool) -> Backbone:
    """Build an untrained backbone of the compared size, in evaluation mode."""
    return build_backbone((SMALL if small else FULL)[name], N_ITEMS[small], seed=0)


def invented_windows(n: int, *, n_items: int, n_tastes: int, seed: int) -> Windows:
    """Draw N full histories, each of items of one taste; the next item is of that taste too.

    Window ``i`` is of taste ``i % n_tastes``. An item is followed by one of its few successors or by one of
    the taste's popular items, so that there is something to learn.
    """
    rng = np.random.default_rng(seed)
    tastes = np.arange(n) % n_tastes
    size = n_items // n_tastes
    walks = np.empty((n, LENGTH + 1), dtype=np.int64)
    walks[:, 0] = rng.integers(size, size=n)
    for step in range(1, LENGTH + 1):
        followed = (walks[:, step - 1] * 7 + rng.integers(1, 4, size=n)) % size
        popular = (size * rng.random(n) ** 3).astype(np.int64)
        walks[:, step] = np.where(rng.random(n) < 0.5, popular, followed)
    items = (1 + tastes[:, None] * size + walks).astype(np.int32)
    seconds = np.broadcast_to(np.arange(1, LENGTH + 2, dtype=np.int64) * 3600, items.shape)
    return Windows(
        user_ids=np.array([f"u{number}" for number in range(n)]),
        histories=items[:, :-1],
        history_times=seconds[:, :-1].copy(),
        next_items=items[:, -1],
        label_times=seconds[:, -1].copy(),
    )


def whole_timelines(windows: Windows) -> Timelines:
    """Take each full history for all that somebody did, as a backbone in training reads it."""
    ends = LENGTH * np.arange(1, len(windows) + 1)
    return Timelines(windows.histories.ravel(), windows.history_times.ravel(), ends)


def trained_adapters(backbone: Backbone, n_regions: int, folder: Path) -> dict[str, Path]:
    """Write an adapter per region that moves its layers, as training would; return the folders."""
    generator = torch.Generator().manual_seed(0)
    folders = {}
    for number in range(1, n_regions + 1):
        name = f"r{number:04d}"
        state = fresh_adapter(backbone, params=ADAPTERS, seed=number)
        moved = {
            key: 0.02 * torch.randn(tensor.shape, generator=generator) if "lora_B" in key else tensor
            for key, tensor in state.items()
        }
        folders[name] = folder / name
        save_adapter(moved, folders[name], params=ADAPTERS, targets=backbone.lora_targets)
    return folders
