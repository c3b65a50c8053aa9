"""Fill one cell: a backbone for its seed, settings chosen by trials, a fit, its ranks."""

import functools
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from raie.backbones.device import fix_threads
from raie.backbones.pretrain import pretrain
from raie.backbones.protocol import Backbone
from raie.backbones.registry import build_backbone
from raie.backbones.store import load_backbone, save_backbone
from raie.exceptions import MissingError
from raie.experiments.cells.cost import measured
from raie.experiments.cells.provenance import code_version
from raie.experiments.cells.question import Question
from raie.experiments.cells.scoring import ranks_of, scores_of
from raie.experiments.cells.split import Split, read_events, split_events
from raie.experiments.cells.store import (
    BACKBONES,
    FORMAT,
    RANKS,
    cell_path,
    read_document,
    write_document,
    write_ranks,
)
from raie.methods.contract import Budget, Fitted, Material, Method, Settings
from raie.methods.registry import method_named

TUNING_SEED = 0
THREADS = 1
"""Of a worker: cells run side by side."""


@functools.lru_cache(maxsize=1)
def split_of(question: Question, seed: int) -> Split:
    """Cut the dataset once for the cells that follow each other in a worker."""
    return split_events(read_events(question), question, seed)


def train_backbone(folder: Path, question: Question, seed: int) -> None:
    """Train the backbone of a seed, unless it is there."""
    fix_threads(THREADS)
    home = _backbone_home(folder, question, seed)
    if (home / "about.json").is_file() and read_document(home / "about.json", question):
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
            checkpoint=home / "checkpoint.safetensors",
        )
    save_backbone(model, home / "backbone")
    (home / "checkpoint.safetensors").unlink(missing_ok=True)
    about = {"question": question.digest, "best": asdict(log.best), "epochs": len(log.epochs), **asdict(cost)}
    write_document(home / "about.json", about)


def try_settings(folder: Path, question: Question, method_name: str, trial: int) -> None:
    """Fit and score one trial on the newest tenth of Finetune, unless that was done."""
    fix_threads(THREADS)
    method, path = method_named(method_name), _trial_path(folder, question, method_name, trial)
    settings = method.settings(method.grid[trial])
    found = read_document(path, question)
    if found and found["settings"] == dict(settings):
        return
    split = split_of(question, TUNING_SEED).for_tuning()
    with measured() as cost:
        fitted = method.fit(_material(folder, question, split, TUNING_SEED), settings)
    scores = scores_of(ranks_of(fitted.ranker, split.scored["test"]))
    write_document(
        path, {"question": question.digest, "settings": dict(settings), **scores, "seconds": cost.seconds}
    )


def fill_cell(folder: Path, question: Question, method_name: str, seed: int) -> None:
    """Fit and score a method under one seed, unless that was done with the same settings."""
    fix_threads(THREADS)
    method, path = method_named(method_name), cell_path(folder, question, method_name, seed)
    trials = read_trials(folder, question, method)
    settings = chosen_settings(method, trials)
    found = read_document(path, question)
    if found and found["settings"] == dict(settings) and path.with_suffix(RANKS).is_file():
        return
    split = split_of(question, seed)
    with measured() as cost:
        fitted = method.fit(_material(folder, question, split, seed), settings)
    ranks = {part: ranks_of(fitted.ranker, windows) for part, windows in split.scored.items()}
    write_ranks(path.with_suffix(RANKS), split.scored, ranks)
    document = {
        "format": FORMAT,
        "question": question.digest,
        "dataset": question.dataset,
        "backbone": question.backbone.name,
        "method": method.name,
        "seed": seed,
        "protocol": _protocol(question, split),
        "settings": dict(settings),
        "trials": trials,
        "scores": {part: scores_of(each) for part, each in ranks.items()},
        "cost": {**_cost(fitted), **asdict(cost), "tuning_seconds": sum(each["seconds"] for each in trials)},
        "notes": dict(fitted.notes or {}),
        "code": code_version(),
    }
    write_document(path, document)


def read_trials(folder: Path, question: Question, method: Method) -> list[dict[str, Any]]:
    """Read the trials of a method, in the order of its grid; none where there is nothing to choose.

    Raises
    ------
    MissingError
        If one was not made yet.
    """
    if len(method.grid) == 1:
        return []
    found = []
    for trial in range(len(method.grid)):
        document = read_document(_trial_path(folder, question, method.name, trial), question)
        if document is None:
            raise MissingError(f"trial {trial} of {method.name} is missing: run the experiment again")
        found.append({key: value for key, value in document.items() if key != "question"})
    return found


def chosen_settings(method: Method, trials: list[dict[str, Any]]) -> Settings:
    """Return the settings of the best trial by Recall@10, then NDCG@10, the earliest of equals."""
    if not trials:
        return method.settings()
    best = max(trials, key=lambda trial: (trial["recall_at_10"], trial["ndcg_at_10"]))
    return method.settings(best["settings"])


def _material(folder: Path, question: Question, split: Split, seed: int) -> Material:
    budget = Budget(question.epochs * len(split.finetune), question.batch_size)
    return Material(
        backbone=_backbone(_backbone_home(folder, question, seed) / "backbone"),
        setup=split.setup,
        finetune=split.finetune,
        everything=split.everything,
        newest=split.newest,
        budget=budget,
        seed=seed,
    )


def _backbone(folder: Path) -> Backbone:
    return load_backbone(folder).to(torch.device("cpu"))


def _backbone_home(folder: Path, question: Question, seed: int) -> Path:
    return folder / question.folder / BACKBONES / str(seed)


def _trial_path(folder: Path, question: Question, method: str, trial: int) -> Path:
    return folder / question.folder / method / "trials" / f"{trial}.json"


def _protocol(question: Question, split: Split) -> dict[str, Any]:
    windows = {"finetune": len(split.finetune)} | {part: len(each) for part, each in split.scored.items()}
    return {**question.protocol.model_dump(), "n_items": split.n_items, "windows": windows}


def _cost(fitted: Fitted) -> dict[str, int]:
    return {
        "steps": fitted.steps,
        "examples": fitted.examples,
        "trained_parameters": fitted.trained_parameters,
    }
