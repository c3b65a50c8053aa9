"""Trials: each setting of a method's grid, scored on the newest tenth of Finetune."""

from pathlib import Path
from typing import Any

from raie.backbones.device import fix_threads
from raie.exceptions import MissingError
from raie.experiments.cells.cost import measured
from raie.experiments.cells.material import THREADS, material_of, split_of
from raie.experiments.cells.question import Question
from raie.experiments.cells.scoring import ranks_of, scores_of
from raie.experiments.cells.store import read_document, trial_path, write_document
from raie.methods.contract import Method, Settings
from raie.methods.registry import method_named

TUNING_SEED = 0
"""Of the backbone, the windows and the fits of all trials."""


def try_settings(folder: Path, question: Question, method_name: str, trial: int) -> None:
    """Fit and score one trial, unless that was done."""
    fix_threads(THREADS)
    method, path = method_named(method_name), trial_path(folder, question, method_name, trial)
    settings = dict(method.settings(method.grid[trial]))
    found = read_document(path, question)
    split = split_of(question, TUNING_SEED).for_tuning()
    asked = {"settings": settings, "windows": len(split.scored["test"])}
    if found and asked.items() <= found.items():
        return
    with measured() as cost:
        fitted = method.fit(material_of(folder, question, split, TUNING_SEED), settings)
    scores = scores_of(ranks_of(fitted.ranker, split.scored["test"]))
    document = {"question": question.digest, **asked, **scores, "seconds": cost.seconds}
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
        document = read_document(trial_path(folder, question, method.tuned_as, trial), question)
        if document is None:
            raise MissingError(f"trial {trial} of {method.tuned_as} is missing: run the experiment again")
        found.append({key: value for key, value in document.items() if key != "question"})
    return found


def chosen_settings(method: Method, trials: list[dict[str, Any]]) -> Settings:
    """Return the settings of the best trial by Recall@10, then NDCG@10, the earliest of equals."""
    if not trials:
        return method.settings()
    best = max(trials, key=lambda trial: (trial["recall_at_10"], trial["ndcg_at_10"]))
    return method.settings(best["settings"])
