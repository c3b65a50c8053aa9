"""What a night spends its time in, one loop each."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.comparisons.examples import (
    ADAPTERS,
    FULL,
    SMALL,
    backbone_named,
    invented_windows,
    trained_adapters,
    whole_timelines,
)
from benchmarks.comparisons.stackedtraining import N_REGIONS, jobs_of
from benchmarks.harness.comparison import Setting
from raie.adapters.bank import AdapterBank
from raie.adapters.train import train_adapters
from raie.backbones.passes import Passes
from raie.backbones.protocol import Backbone
from raie.encodings.encode import encode
from raie.params import PretrainParams

N_WINDOWS = {True: 256, False: 1024}
"""Windows in one round of a loop, by whether the run is small."""

Loop = Callable[[], Any]


def hot_loops(setting: Setting) -> Iterator[tuple[str, Loop]]:
    """Yield the loops by name, one in memory at a time."""
    for name in SMALL if setting.small else FULL:
        backbone = backbone_named(name, small=setting.small)
        yield f"encode, {name}", _encoding(backbone, setting)
        yield f"training step, {name}", _training(backbone, setting)
        yield f"stacked adapters, {name}", _adapting(backbone, setting)
        yield f"mixed scoring, {name}", _scoring(backbone, setting)


def _encoding(backbone: Backbone, setting: Setting) -> Loop:
    windows = invented_windows(N_WINDOWS[setting.small], n_items=backbone.n_items, n_tastes=4, seed=4)
    return lambda: encode(backbone, windows, batch_size=512)


def _training(backbone: Backbone, setting: Setting) -> Loop:
    windows = invented_windows(N_WINDOWS[setting.small], n_items=backbone.n_items, n_tastes=4, seed=4)
    params = PretrainParams(batch_size=128)
    passes = Passes(backbone, whole_timelines(windows), params, seed=0)
    return lambda: passes.take(0)


def _adapting(backbone: Backbone, setting: Setting) -> Loop:
    jobs = jobs_of(backbone, small=setting.small)
    return lambda: train_adapters(backbone, jobs, params=ADAPTERS)


def _scoring(backbone: Backbone, setting: Setting) -> Loop:
    windows = invented_windows(N_WINDOWS[setting.small], n_items=backbone.n_items, n_tastes=N_REGIONS, seed=4)
    with tempfile.TemporaryDirectory() as folder:
        folders = trained_adapters(backbone, N_REGIONS, Path(folder))
        bank = AdapterBank(backbone, folders)
    regions = np.random.default_rng(0).choice(list(folders), len(windows)).tolist()
    return lambda: bank.scores(bank.states(windows.histories, windows.history_times, regions))
