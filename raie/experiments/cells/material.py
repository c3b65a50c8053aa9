"""What methods get under a seed: its backbone, trained once, and windows."""

import functools
from dataclasses import asdict
from pathlib import Path

import torch

from raie.backbones.device import fix_threads
from raie.backbones.pretrain import pretrain
from raie.backbones.registry import build_backbone
from raie.backbones.store import load_backbone, save_backbone
from raie.experiments.cells.cost import measured
from raie.experiments.cells.dataset import read_positives
from raie.experiments.cells.question import Question
from raie.experiments.cells.split import Split, split_events
from raie.experiments.cells.store import backbone_home, read_document, write_document
from raie.methods.contract import Budget, Material
from raie.sequences.events import Events

THREADS = 1
"""Of a worker: cells run side by side."""
_ABOUT, _WEIGHTS, _CHECKPOINT = "about.json", "backbone", "checkpoint.safetensors"


@functools.lru_cache(maxsize=1)
def events_of(question: Question) -> Events:
    """Read the dataset once for all seeds: of ten million lines this takes minutes."""
    return read_positives(question.file, question.protocol.min_rating, question.columns)


@functools.lru_cache(maxsize=1)
def split_of(question: Question, seed: int) -> Split:
    """Cut the dataset once for the cells that follow each other in a worker."""
    return split_events(events_of(question), question, seed)


def train_backbone(folder: Path, question: Question, seed: int) -> None:
    """Train the backbone of a seed, unless it is there; go on after a kill."""
    fix_threads(THREADS)
    home = backbone_home(folder, question, seed)
    if read_document(home / _ABOUT, question):
        return
    split = split_of(question, seed)
    model = build_backbone(question.backbone, split.n_items, seed=seed)
    home.mkdir(parents=True, exist_ok=True)
    with measured() as cost:
        log = pretrain(
            model,
            split.pretraining,
            split.validation,
            params=question.pretrain,
            seed=seed,
            checkpoint=home / _CHECKPOINT,
        )
    save_backbone(model, home / _WEIGHTS)
    (home / _CHECKPOINT).unlink(missing_ok=True)
    about = {"question": question.digest, "best": asdict(log.best), "epochs": len(log.epochs), **asdict(cost)}
    write_document(home / _ABOUT, about)


def weights_home(folder: Path, question: Question, seed: int) -> Path:
    """Return the folder of a seed's trained backbone."""
    return backbone_home(folder, question, seed) / _WEIGHTS


def material_of(folder: Path, question: Question, split: Split, seed: int) -> Material:
    """Put together what a method gets."""
    return Material(
        backbone=load_backbone(weights_home(folder, question, seed)).to(torch.device("cpu")),
        setup=split.setup,
        finetune=split.finetune,
        everything=split.everything,
        newest=split.newest,
        pretrain=question.pretrain,
        budget=Budget(question.epochs * len(split.finetune), question.batch_size),
        seed=seed,
    )
