"""All regions' adapters trained in one pass against PEFT adapters one after another."""

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import islice

import numpy as np

from benchmarks.comparisons.examples import ADAPTERS, backbone_named, invented_windows
from benchmarks.harness.agreement import close
from benchmarks.harness.comparison import Agreement, Case, Comparison, Setting
from benchmarks.harness.timing import in_process
from benchmarks.references.peftloop import train_one_by_one
from raie.adapters.jobs import Job, TrainedAdapter
from raie.adapters.train import train_adapters
from raie.backbones.protocol import Backbone

N_REGIONS = 16
WINDOWS = {True: 64, False: 256}
"""Windows of a region, by whether the run is small."""


def jobs_of(backbone: Backbone, *, small: bool) -> dict[str, Job]:
    """Give every region windows of its own, equally many, and a fresh start."""
    n = N_REGIONS * WINDOWS[small]
    windows = invented_windows(n, n_items=backbone.n_items, n_tastes=N_REGIONS, seed=3)
    return {
        f"r{region + 1:04d}": Job(
            windows.take(np.arange(region, n, N_REGIONS)), np.ones(WINDOWS[small]), None, region
        )
        for region in range(N_REGIONS)
    }


def _cases(setting: Setting) -> Iterator[Case]:
    for name in ("sasrec", "bert4rec"):
        backbone = backbone_named(name, small=setting.small)
        jobs = jobs_of(backbone, small=setting.small)
        facts = {
            "regions": N_REGIONS,
            "windows_per_region": WINDOWS[setting.small],
            "batch_size": ADAPTERS.batch_size,
            "items": backbone.n_items,
            "dim": backbone.params.dim,
            "n_layers": backbone.params.n_layers,
            "rank": ADAPTERS.rank,
        }
        yield Case(
            name,
            in_process(partial(train_adapters, backbone, jobs, params=ADAPTERS)),
            in_process(partial(train_one_by_one, backbone, jobs, params=ADAPTERS)),
            _exactly(backbone, jobs),
            target=3.0,
            facts=facts,
        )


def _exactly(backbone: Backbone, jobs: Mapping[str, Job]) -> Agreement:
    """Compare what two regions learn where nothing is left to chance, and all regions' losses as timed."""
    few, params = dict(islice(jobs.items(), 2)), ADAPTERS.model_copy(update={"dropout": 0.0, "epochs": 3})
    ours = _losses(train_adapters(backbone, few, params=params))
    theirs = _losses(train_one_by_one(backbone, few, params=params, backbone_dropout=False))
    text = "without dropout, " + close(atol=0.0, rtol=2e-3)(ours, theirs)

    def agree(one: Mapping[str, TrainedAdapter], other: Mapping[str, TrainedAdapter]) -> str:
        return f"{text}; with it, {close(atol=0.0, rtol=0.1)(_losses(one), _losses(other))}"

    return agree


def _losses(trained: Mapping[str, TrainedAdapter]) -> np.ndarray:
    """Losses of all epochs, (K, epochs), in nats."""
    return np.array([each.losses for each in trained.values()])


COMPARISON = Comparison(
    name="stackedtraining",
    measures="One epoch of train_adapters over 16 regions.",
    reference="PEFT adapters one after another (references/peftloop.py).",
    protocol=(
        "The same windows of 20 items, orders, batch size per region, full cross-entropy, rank 8 and "
        "AdamW without decay. PEFT runs as it does unless told otherwise, the frozen backbone dropping "
        "out too; ours learns on the backbone that will serve. Without any dropout the losses of three "
        "epochs agree within 0.2 %, as timed within 10 %."
    ),
    cases=_cases,
)
