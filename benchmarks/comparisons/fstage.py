"""The whole F-stage: map Finetune to regions, train their adapters, rank Test."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.comparisons.peak import counted_flops
from benchmarks.comparisons.stagedata import N_REGIONS, StageData, stage_data, trained_backbone
from benchmarks.harness.agreement import both, near
from benchmarks.harness.comparison import Case, Comparison, Setting
from benchmarks.harness.timing import in_process
from benchmarks.references.paddedloop import padded_stage
from raie.adapters.bank import AdapterBank
from raie.adapters.export import save_adapter
from raie.adapters.fresh import fresh_adapter
from raie.adapters.jobs import Job
from raie.adapters.train import train_adapters
from raie.backbones.bert4rec import BERT4Rec
from raie.encodings.encode import encode
from raie.metrics.ranking import recall_at_k
from raie.params import AdapterParams, EditParams, RegionParams
from raie.regions.construct import construct_regions
from raie.regions.regionset import RegionSet
from raie.routing.router import route
from raie.routing.score import routed_ranks
from raie.sequences.windows import Windows

PARAMS = AdapterParams(epochs=3, replay_ratio=0.0)
EDITS = EditParams(use_radius=False)
"""Every history goes to its nearest region, as in the released code."""
BATCH = 512
COUNTED = 128
"""Windows whose FLOPs are counted."""
LOSES = 0.1
"""How far our recall may lie below the loop's, as a share: each side draws its own order and dropout."""


def _cases(setting: Setting) -> Iterator[Case]:
    data = stage_data(setting)
    backbone = trained_backbone(data, setting)
    regions = _regions(backbone, data.setup)
    same = (backbone, regions, data.finetune, data.test)
    yield Case(
        "movielens-1m" if setting.ratings else "invented",
        in_process(lambda: quality(stage(*same))),
        in_process(lambda: quality(padded_stage(*same, params=PARAMS, edits=EDITS))),
        # Too few windows for a recall in the small run: the mean rank decides there.
        both(near("Recall@10", loses=np.inf if setting.small else LOSES), near("mean log2 rank", rtol=0.05)),
        target=10.0,
        facts={**_facts(backbone, data), "loop_flops_over_ours": _flops_ratio(backbone, regions, data)},
        pairs=3,
        warm_up=setting.small,
    )


def stage(backbone: BERT4Rec, regions: RegionSet, finetune: Windows, test: Windows) -> np.ndarray:
    """Map, train and rank as the stages encode, adapt and evaluate do: (N,) ranks of Test."""
    mapped = route(encode(backbone, finetune, batch_size=BATCH), regions, params=EDITS).region
    jobs = {
        name: Job(finetune.take(mapped == place), np.ones(int((mapped == place).sum())), None, place)
        for place, name in enumerate(regions.ids)
        if (mapped == place).any()
    }
    trained = train_adapters(backbone, jobs, params=PARAMS)
    with tempfile.TemporaryDirectory() as folder:
        folders = {name: Path(folder) / name for name in regions.ids}
        for name, path in folders.items():
            learnt = name in trained
            state = trained[name].state if learnt else fresh_adapter(backbone, params=PARAMS, seed=0)
            save_adapter(state, path, params=PARAMS, targets=backbone.lora_targets)
        bank = AdapterBank(backbone, folders)
    routes = route(encode(backbone, test, batch_size=BATCH), regions, params=EDITS)
    return routed_ranks(bank, test, routes, regions.ids, batch_size=BATCH)


def quality(ranks: np.ndarray) -> tuple[float, float]:
    """Recall@10 and the mean binary logarithm of ranks."""
    return recall_at_k(ranks, 10), float(np.log2(ranks).mean())


def _regions(backbone: BERT4Rec, setup: Windows) -> RegionSet:
    params = RegionParams(n_regions=N_REGIONS)
    encodings = encode(backbone, setup, batch_size=BATCH)
    return construct_regions(encodings, params=params, seed=0, snapshot="setup", date="2000-01-01")[0]


def _flops_ratio(backbone: BERT4Rec, regions: RegionSet, data: StageData) -> float:
    """How many times our FLOPs the loop computes, on a few windows: what is left is how well they run."""
    rows = np.arange(COUNTED)
    few = (backbone, regions, data.finetune.take(rows), data.test.take(rows))
    ours = counted_flops(lambda: stage(*few))
    return round(counted_flops(lambda: padded_stage(*few, params=PARAMS, edits=EDITS)) / ours, 2)


def _facts(backbone: BERT4Rec, data: StageData) -> dict[str, int]:
    return {
        "regions": N_REGIONS,
        "finetune_windows": len(data.finetune),
        "test_windows": len(data.test),
        "items": data.n_items,
        "dim": backbone.params.dim,
        "n_layers": backbone.params.n_layers,
        "epochs": PARAMS.epochs,
        "batch_size": PARAMS.batch_size,
    }


COMPARISON = Comparison(
    name="fstage",
    measures="Encode and route Finetune, train the adapters of 3 regions for 3 epochs, route and rank Test.",
    reference=(
        "A loop that pads in Python, computes logits at all positions and trains regions in sequence, as "
        "the paper's released code does (references/paddedloop.py)."
    ),
    protocol=(
        "BERT4Rec d=256, 4 layers, L=20; block protocol, stride 5, or invented histories of the same "
        "shape where no ratings are given. The backbone and the regions are made before the clock starts. "
        "The same windows in the same regions, the same loss, rank 8, batch 64; Recall@10 of ours may not "
        "fall more than 10 % below the loop's."
    ),
    cases=_cases,
)
