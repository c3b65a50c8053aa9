"""A batch whose rows belong to 16 regions, scored in one pass."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from benchmarks.comparisons.examples import ADAPTERS, backbone_named, invented_windows, trained_adapters
from benchmarks.harness.agreement import close
from benchmarks.harness.comparison import Case, Comparison, Setting
from benchmarks.harness.timing import in_process
from benchmarks.references.adapternames import PeftBank
from benchmarks.references.mergedbank import MergedBank
from raie.adapters.bank import AdapterBank
from raie.sequences.windows import Windows

N_REGIONS = 16
ATOL = 1e-4
"""Float32 scores of either side."""


def _cases(setting: Setting) -> Iterator[Case]:
    for name in ("sasrec", "bert4rec"):
        for n_rows in (64,) if setting.small else (64, 512):
            yield from _batch_cases(name, n_rows, setting)


def _batch_cases(name: str, n_rows: int, setting: Setting) -> Iterator[Case]:
    backbone = backbone_named(name, small=setting.small)
    windows = invented_windows(n_rows, n_items=backbone.n_items, n_tastes=N_REGIONS, seed=1)
    with tempfile.TemporaryDirectory() as folder:
        folders = trained_adapters(backbone, N_REGIONS, Path(folder))
        merged, named = MergedBank(backbone, folders), PeftBank(backbone, folders, params=ADAPTERS)
        bank = AdapterBank(backbone, folders)
    regions = np.random.default_rng(0).choice(list(folders), n_rows).tolist()
    repeats = (3 if setting.small else 1) * max(1, 256 // n_rows)
    facts = {
        "regions": N_REGIONS,
        "rows": n_rows,
        "batches": repeats,
        "items": backbone.n_items,
        "dim": backbone.params.dim,
        "rank": ADAPTERS.rank,
    }

    def ours(items: np.ndarray, times: np.ndarray, adapters: list[str]) -> Tensor:
        return bank.scores(bank.states(items, times, adapters))

    for reference, score, target in (("adapter_names", named.scores, 5.0), ("merged", merged.scores, None)):
        yield Case(
            f"{name}, {n_rows} rows against {reference}",
            in_process(_repeated(ours, windows, regions, repeats)),
            in_process(_repeated(score, windows, regions, repeats)),
            close(atol=ATOL, rtol=1e-4),
            target=target,
            facts=facts,
            pairs=7,
        )


def _repeated(
    score: Callable[..., Tensor], windows: Windows, regions: list[str], repeats: int
) -> Callable[[], Any]:
    def work() -> np.ndarray:
        for _ in range(repeats):
            scores = score(windows.histories, windows.history_times, regions)
        return scores.numpy()

    return work


COMPARISON = Comparison(
    name="mixedscoring",
    measures="Scores of all items for a batch whose rows belong to 16 regions, in one pass of AdapterBank.",
    reference=(
        "PEFT's adapter_names on the same batch (references/adapternames.py), and per-region batches with "
        "the adapter merged into the weights, as this project served before (references/mergedbank.py)."
    ),
    protocol=(
        "Histories of 20 items, rank-8 adapters on every linear layer, regions drawn at random per row; "
        "adapters resident on all sides. Scores agree within float32 rounding before anything is timed."
    ),
    cases=_cases,
)
