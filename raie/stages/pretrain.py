"""Train the backbone where a generation begins; on a night carry it over and add rows for new items."""

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np

from raie.backbones.device import fix_threads, pick_device
from raie.backbones.grow import new_item_rows
from raie.backbones.pretrain import Epoch, pretrain
from raie.backbones.registry import build_backbone
from raie.backbones.store import load_backbone, save_backbone
from raie.exceptions import UsageError
from raie.params import Params, load_params
from raie.sequences.training import Timelines
from raie.sequences.vocabulary import Vocabulary
from raie.sequences.windows import Windows
from raie.snapshots.dvc import PROGRESS
from raie.snapshots.lock import CHECKPOINTS
from raie.snapshots.night import read_night
from raie.stages.artefacts import (
    INCOMING,
    TRAINABLE,
    TRAINING,
    TRAINING_FILES,
    TRAINING_LOG,
    VALIDATION,
    VOCABULARY,
)
from raie.stages.entry import start


def train(
    *, windows: Path, histories: Path, previous: Path, restored: Path, night: Path, backbone: Path
) -> None:
    """Run the stage."""
    params, this = load_params(), read_night(night)
    fix_threads(params.compute.threads)
    n_items = len(Vocabulary.load(histories / VOCABULARY))
    if this.goes_on:
        _grow(params, n_items, windows, restored if this.starts_over else previous, backbone)
    else:
        _pretrain(params, n_items, windows, backbone)


def _pretrain(params: Params, n_items: int, windows: Path, out: Path) -> None:
    model = build_backbone(params.backbone, n_items, seed=params.compute.seed)
    model.to(pick_device(params.compute.device))
    files = (windows / TRAINING / name for name in TRAINING_FILES)
    timelines = Timelines(*(np.load(file, mmap_mode="r", allow_pickle=False) for file in files))
    log = pretrain(
        model,
        timelines,
        Windows.load(windows / VALIDATION),
        params=params.pretrain,
        seed=params.compute.seed,
        checkpoint=_checkpoint(),
        on_epoch=_report,
    )
    save_backbone(model, out)
    text = json.dumps([asdict(epoch) for epoch in log.epochs], indent=2) + "\n"
    (out / TRAINING_LOG).write_text(text, encoding="utf-8")


def _checkpoint() -> Path:
    """Outside the work tree, so that a killed construction goes on where it was."""
    folder = Path(os.environ.get(CHECKPOINTS, ".raie/checkpoints"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "pretrain.safetensors"


def _report(epoch: Epoch) -> None:
    line = f"epoch {epoch.epoch}: loss {epoch.loss:.4f}, validation Recall@10 {epoch.recall:.4f}"
    sys.stderr.write(f"{PROGRESS}{line}\n")


def _grow(params: Params, n_items: int, windows: Path, previous: Path, out: Path) -> None:
    model = load_backbone(previous)
    n_new = n_items - model.n_items
    if n_new < 0:
        raise UsageError(
            f"the vocabulary holds {n_items} items, the backbone {model.n_items}: they are of two snapshots, "
            "take both from one"
        )
    if n_new:
        incoming = Windows.load(windows / INCOMING).take(np.load(windows / TRAINABLE, allow_pickle=False))
        rows = new_item_rows(model, incoming, n_new, params=params.pretrain, seed=params.compute.seed)
        model.grow(rows)
    save_backbone(model, out, previous=previous)


if __name__ == "__main__":
    start(train)
