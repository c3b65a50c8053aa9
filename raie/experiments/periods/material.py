"""What methods get at a part: the backbone that cells have, and the windows of the part."""

import functools
from pathlib import Path

import torch

from raie.backbones.protocol import Backbone
from raie.backbones.store import load_backbone
from raie.experiments.cells.material import events_of, train_backbone, weights_home
from raie.experiments.periods.question import PeriodsQuestion
from raie.experiments.periods.split import Parts, split_parts
from raie.methods.contract import Budget, Material
from raie.methods.fitting import derived
from raie.sequences.training import timelines_of


@functools.lru_cache(maxsize=1)
def parts_of(question: PeriodsQuestion, seed: int) -> Parts:
    """Cut the dataset once for the cells that follow each other in a worker."""
    return split_parts(events_of(question), question, seed)


def train_shared(folder: Path, question: PeriodsQuestion, seed: int) -> None:
    """Train the backbone of a seed where cells look for it, too, unless it is there."""
    train_backbone(folder, question.base, seed)


def load_shared(folder: Path, question: PeriodsQuestion, seed: int) -> Backbone:
    """Load it, ready to serve."""
    return load_backbone(weights_home(folder, question.base, seed)).to(torch.device("cpu")).eval()


def material_of(
    backbone: Backbone, question: PeriodsQuestion, parts: Parts, place: int, seed: int
) -> Material:
    """Put together what a method gets to learn the part at ``place``, counted from 0."""
    part = parts.parts[place]
    return Material(
        backbone=backbone,
        setup=parts.setup,
        finetune=part.learnt,
        everything=timelines_of(parts.events.take(parts.events.times < part.end)),
        newest=part.learnt.take(slice(0)),
        pretrain=question.pretrain,
        budget=Budget(question.epochs * len(part.learnt), question.batch_size),
        seed=derived(seed, place),
    )
