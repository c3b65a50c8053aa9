"""Fill one cell: settings chosen by trials, a fit, its ranks."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from raie.backbones.device import fix_threads
from raie.exceptions import UsageError
from raie.experiments.cells.cost import Cost, measured
from raie.experiments.cells.material import THREADS, material_of, split_of
from raie.experiments.cells.provenance import code_version
from raie.experiments.cells.question import Question
from raie.experiments.cells.scoring import OnlyNew, ranks_of, scores_of
from raie.experiments.cells.split import Split
from raie.experiments.cells.store import (
    FORMAT,
    RANKS,
    cell_path,
    read_document,
    write_document,
    write_ranks,
)
from raie.experiments.cells.trials import chosen_settings, read_trials
from raie.experiments.tables.reading import read_cell
from raie.methods.contract import Fitted, Settings
from raie.methods.registry import method_named


def fill_cell(folder: Path, question: Question, method_name: str, seed: int) -> None:
    """Fit and score a method under one seed, unless that was done with the same settings."""
    fix_threads(THREADS)
    method, path = method_named(method_name), cell_path(folder, question, method_name, seed)
    trials = read_trials(folder, question, method)
    settings = dict(chosen_settings(method, trials))
    if found := _filled(path, question, settings):
        _record(path, found, trials)
        return
    split = split_of(question, seed)
    with measured() as cost:
        fitted = method.fit(material_of(folder, question, split, seed), settings)
    rankers = dict.fromkeys(split.scored, fitted.ranker) | {"test_new": OnlyNew(fitted.ranker)}
    ranks = {part: ranks_of(rankers[part], windows) for part, windows in split.scored.items()}
    write_ranks(path.with_suffix(RANKS), split.scored, ranks)
    document = {
        "format": FORMAT,
        "question": question.digest,
        "dataset": question.dataset,
        "backbone": question.backbone.name,
        "method": method.name,
        "seed": seed,
        "protocol": _protocol(question, split),
        "settings": settings,
        "trials": trials,
        "scores": {part: scores_of(each) for part, each in ranks.items()},
        "cost": _cost(fitted, cost, trials),
        "notes": dict(fitted.notes or {}),
        "code": code_version(),
    }
    write_document(path, document)


def _filled(path: Path, question: Question, settings: Settings) -> dict[str, Any] | None:
    found = read_document(path, question)
    if not found or found.get("settings") != settings:
        return None
    try:
        read_cell(path)
    except UsageError:
        return None
    return found


def _record(path: Path, found: dict[str, Any], trials: list[dict[str, Any]]) -> None:
    """Tell of the trials that chose the settings, where others had chosen the same."""
    if found["trials"] != trials:
        cost = {**found["cost"], "tuning_seconds": _seconds(trials)}
        write_document(path, {**found, "trials": trials, "cost": cost})


def _seconds(trials: list[dict[str, Any]]) -> float:
    return float(sum(trial["seconds"] for trial in trials))


def _protocol(question: Question, split: Split) -> dict[str, Any]:
    windows = {"finetune": len(split.finetune)} | {part: len(each) for part, each in split.scored.items()}
    return {**question.protocol.model_dump(), "n_items": split.n_items, "windows": windows}


def _cost(fitted: Fitted, cost: Cost, trials: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        **asdict(fitted.spent),
        "trained_parameters": fitted.trained_parameters,
        **asdict(cost),
        "tuning_seconds": _seconds(trials),
    }
