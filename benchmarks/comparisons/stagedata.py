"""What the F-stage is compared on: MovieLens-1M by the block protocol, or invented histories of its shape."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.comparisons.examples import FULL, LENGTH, N_ITEMS, SMALL, invented_windows, whole_timelines
from benchmarks.harness.comparison import Setting
from raie.backbones.bert4rec import BERT4Rec
from raie.backbones.pretrain import pretrain
from raie.backbones.registry import build_backbone
from raie.experiments.cells.dataset import read_positives
from raie.interactions.slices import slice_masks, time_cuts
from raie.params import PretrainParams
from raie.sequences.training import Timelines, timelines_of
from raie.sequences.windows import Windows, block_windows

N_REGIONS = 3
STRIDE = 5
MIN_RATING = 4.0
VALIDATION = 500


@dataclass(frozen=True)
class StageData:
    """Set-up for the backbone and the regions, Finetune to learn from, Test to rank."""

    n_items: int
    timelines: Timelines
    setup: Windows
    finetune: Windows
    test: Windows


def stage_data(setting: Setting) -> StageData:
    """Read or invent the data that a setting asks for."""
    n = 384 if setting.small else setting.windows
    data = _read(setting.ratings) if setting.ratings else _invented(N_ITEMS[setting.small], n or 30_000)
    return replace(data, finetune=_drawn(data.finetune, n), test=_drawn(data.test, n))


def _read(ratings: Path) -> StageData:
    events = read_positives(ratings, MIN_RATING)
    cuts = time_cuts(events.times, setup_quantile=0.5, finetune_quantile=0.8)
    slices = slice_masks(events.times, cuts)
    n_items = int(events.items[slices.setup].max())

    def windows(among: np.ndarray) -> Windows:
        cut = block_windows(events.take(among), length=LENGTH, stride=STRIDE).known_up_to(n_items)
        return cut.take((cut.next_items > 0) & (cut.histories > 0).any(axis=1))

    setup = events.take(slices.setup)
    parts = (windows(among) for among in (slices.setup, slices.finetune, slices.test))
    return StageData(n_items, timelines_of(setup), *parts)


def _invented(n_items: int, n: int) -> StageData:
    setup, finetune, test = (
        invented_windows(n, n_items=n_items, n_tastes=N_REGIONS, seed=seed) for seed in (10, 11, 12)
    )
    return StageData(n_items, whole_timelines(setup), setup, finetune, test)


def _drawn(windows: Windows, n: int) -> Windows:
    if not n or n >= len(windows):
        return windows
    return windows.take(np.sort(np.random.default_rng(0).choice(len(windows), n, replace=False)))


def trained_backbone(data: StageData, setting: Setting) -> BERT4Rec:
    """Train the BERT4Rec below the stage for the epochs that the setting allows."""
    architecture = (SMALL if setting.small else FULL)["bert4rec"]
    backbone = build_backbone(architecture.model_copy(update={"dropout": 0.1}), data.n_items, seed=0)
    assert isinstance(backbone, BERT4Rec)
    params = PretrainParams(batch_size=32, learning_rate=1e-3, epochs=4 if setting.small else setting.epochs)
    pretrain(
        backbone,
        data.timelines,
        data.setup.take(np.arange(VALIDATION)[: len(data.setup)]),
        params=params,
        seed=0,
    )
    return backbone
