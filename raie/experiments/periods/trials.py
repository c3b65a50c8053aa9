"""Trials: each setting of a method's grid learns the first part and is scored on the second."""

from pathlib import Path

from raie.backbones.device import fix_threads
from raie.experiments.cells.cost import measured
from raie.experiments.cells.material import THREADS
from raie.experiments.cells.scoring import ranks_of, scores_of
from raie.experiments.cells.store import read_document, trial_path, write_document
from raie.experiments.cells.trials import TUNING_SEED
from raie.experiments.periods.material import load_shared, material_of, parts_of
from raie.experiments.periods.question import PeriodsQuestion
from raie.methods.registry import method_named


def try_periods(folder: Path, question: PeriodsQuestion, method_name: str, trial: int) -> None:
    """Learn and score one trial, unless that was done."""
    fix_threads(THREADS)
    method, path = method_named(method_name), trial_path(folder, question, method_name, trial)
    settings = dict(method.settings(method.grid[trial]))
    found = read_document(path, question)
    if found and found.get("settings") == settings:
        return
    parts, backbone = parts_of(question, TUNING_SEED), load_shared(folder, question, TUNING_SEED)
    with measured() as cost:
        fitted = method.fit(material_of(backbone, question, parts, 0, TUNING_SEED), settings)
    scores = scores_of(ranks_of(fitted.ranker, parts.parts[1].scored))
    document = {"question": question.digest, "settings": settings, **scores, "seconds": cost.seconds}
    write_document(path, document)
