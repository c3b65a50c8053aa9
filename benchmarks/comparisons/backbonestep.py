"""Training steps of our backbones against the same models of RecTools and RecBole."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch

from benchmarks.comparisons.examples import LENGTH, backbone_named, invented_windows
from benchmarks.harness.agreement import both, near
from benchmarks.harness.comparison import Case, Comparison, LeftOut, Setting
from benchmarks.harness.timing import in_process
from benchmarks.references.environment import REMEDY, environment_of, started
from raie.backbones.passes import Passes
from raie.backbones.protocol import Backbone
from raie.params import PretrainParams
from raie.sequences.training import Timelines
from raie.sequences.windows import Windows

STEPS = {"sasrec": 8, "bert4rec": 3}
PARAMS = PretrainParams(batch_size=128, learning_rate=1e-3)
LIBRARIES = ("rectools", "recbole")


def _cases(setting: Setting) -> Iterator[Case | LeftOut]:
    for library in LIBRARIES:
        for name in STEPS:
            case = f"{name} of {library}"
            python = environment_of(library, setting.libraries)
            if python is None:
                yield LeftOut(case, REMEDY)
            else:
                yield from _against(library, python, name, case, setting)


def _against(library: str, python: Path, name: str, case: str, setting: Setting) -> Iterator[Case]:
    backbone, steps = backbone_named(name, small=setting.small), STEPS[name]
    n_rows = steps * PARAMS.batch_size
    windows = invented_windows(n_rows, n_items=backbone.n_items, n_tastes=4, seed=2)
    last_only = library == "recbole" and name == "sasrec"
    rows = np.concatenate([windows.histories, windows.next_items[:, None]], axis=1)
    if name == "bert4rec":
        rows = rows[:, 1:]
    facts = {
        **{
            key: getattr(backbone.params, key)
            for key in ("dim", "n_layers", "n_heads", "dropout", "mask_share")
        },
        "length": LENGTH,
        "n_items": backbone.n_items,
        "batch_size": PARAMS.batch_size,
        "steps": steps,
        "loss": "last item" if last_only else "all items" if name == "sasrec" else "masked items",
    }
    work = _last_item_steps(backbone, windows) if last_only else _epoch(backbone, rows)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.npy"
        np.save(path, rows, allow_pickle=False)
        told = {**facts, "name": name, "rows": str(path), "learning_rate": PARAMS.learning_rate}
        with started(python, f"{library}step", told, threads=setting.threads) as reference:
            agree = both(near("parameters", rtol=0.05), near("mean loss", rtol=0.25))
            yield Case(case, in_process(work), reference, agree, target=1.0, facts=facts)


def _epoch(backbone: Backbone, items: np.ndarray) -> Callable[[], list[float]]:
    """An epoch of pretraining as it always runs: batches of rows, masks drawn, gradients clipped."""
    backbone.rows_move = False  # the reference reads each row to its end
    times = np.broadcast_to(np.arange(1, items.shape[1] + 1, dtype=np.int64) * 3600, items.shape)
    ends = items.shape[1] * np.arange(1, len(items) + 1)
    passes = Passes(backbone, Timelines(items.ravel().astype(np.int32), times.ravel(), ends), PARAMS, seed=0)
    return lambda: [n_parameters(backbone), passes.take(0)]


def _last_item_steps(backbone: Backbone, windows: Windows) -> Callable[[], list[float]]:
    """Steps on the loss of the last item alone, as RecBole's SASRec takes them."""
    batches = [
        tuple(torch.as_tensor(array.astype(np.int64)) for array in parts)
        for parts in zip(
            *(
                np.split(array, range(PARAMS.batch_size, len(windows), PARAMS.batch_size))
                for array in (windows.histories, windows.history_times, windows.next_items)
            ),
            strict=True,
        )
    ]
    optimizer = torch.optim.AdamW(backbone.parameters(), lr=PARAMS.learning_rate, weight_decay=0.0)

    def work() -> list[float]:
        backbone.train()
        losses = []
        for items, times, targets in batches:
            optimizer.zero_grad()
            loss = backbone.items.cross_entropy(backbone(items, times), targets)
            torch.autograd.backward(loss)
            optimizer.step()
            losses.append(loss.item())
        return [n_parameters(backbone), float(np.mean(losses))]

    return work


def n_parameters(backbone: Backbone) -> int:
    """Trained numbers of a backbone, its positions cut to the compared length."""
    beyond = (backbone.params.max_length - LENGTH) * backbone.params.dim
    return sum(parameter.numel() for parameter in backbone.parameters()) - beyond


COMPARISON = Comparison(
    name="backbonestep",
    measures="Training steps of our SASRec and BERT4Rec, as pretraining takes them.",
    reference=(
        "The same model in RecTools (references/rectoolsstep.py) and in RecBole "
        "(references/recbolestep.py), each in an environment of its own, in a process that stays for all "
        "its rounds."
    ),
    protocol=(
        "The same histories, width, layers, heads, feed-forward width, dropout, length, batch, catalogue "
        "and full cross-entropy; parameters within 5 % and the mean loss of the first steps within 25 %. "
        "The libraries get their batches made beforehand, ours makes them within its time and clips "
        "gradients besides. RecBole's SASRec learns from one item per row, the last: there our step has "
        "that loss too."
    ),
    cases=_cases,
    in_small=False,
)
