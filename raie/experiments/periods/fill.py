"""Fill one cell: settings chosen by trials, then a walk through all parts."""

from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from raie.backbones.device import fix_threads
from raie.exceptions import UsageError
from raie.experiments.cells.material import THREADS
from raie.experiments.cells.provenance import code_version
from raie.experiments.cells.scoring import scores_of
from raie.experiments.cells.store import FORMAT, RANKS, cell_path, write_document, write_ranks
from raie.experiments.cells.trials import chosen_settings, read_trials
from raie.experiments.periods.material import load_shared, parts_of
from raie.experiments.periods.question import PeriodsQuestion
from raie.experiments.periods.reading import read_periods_cell
from raie.experiments.periods.record import PeriodsProtocol, retained_part, scored_part
from raie.experiments.periods.split import Part, Parts
from raie.experiments.periods.walk import Period, retained_before, walk
from raie.methods.contract import Settings
from raie.methods.registry import method_named


def fill_periods(folder: Path, question: PeriodsQuestion, method_name: str, seed: int) -> None:
    """Lead a method through all parts under one seed, unless that was done with the same settings."""
    fix_threads(THREADS)
    method, path = method_named(method_name), cell_path(folder, question, method_name, seed)
    trials = read_trials(folder, question, method)
    settings = dict(chosen_settings(method, trials))
    if _is_filled(path, question, settings):
        return
    parts, backbone = parts_of(question, seed), load_shared(folder, question, seed)
    before = retained_before(backbone, parts)
    # what was fitted is let go part by part, or a cell would hold every model it ever had
    ranks, periods, notes = {retained_part(0): before}, [], []
    for number, period in enumerate(walk(method, settings, backbone, question, parts, seed), start=1):
        ranks |= {scored_part(number): period.scored, retained_part(number): period.retained}
        periods.append(_told(period, parts.parts[number - 1]))
        notes.append(dict(period.fitted.notes or {}))
    windows = dict.fromkeys(ranks, parts.retained) | {
        scored_part(number): part.scored for number, part in enumerate(parts.parts, start=1)
    }
    write_ranks(path.with_suffix(RANKS), windows, ranks)
    document = {
        "format": FORMAT,
        "question": question.digest,
        "dataset": question.dataset,
        "backbone": question.backbone.name,
        "method": method.name,
        "seed": seed,
        "protocol": protocol_of(question, parts),
        "settings": settings,
        "trials": trials,
        "before": scores_of(before),
        "periods": periods,
        "retained": len(parts.retained),
        "tuning_seconds": sum(trial["seconds"] for trial in trials),
        "code": code_version(),
        "notes": notes,
    }
    write_document(path, document)


def _is_filled(path: Path, question: PeriodsQuestion, settings: Settings) -> bool:
    try:
        found = read_periods_cell(path, question)
    except UsageError:
        return False
    return found is not None and found.record.settings == settings


def _told(period: Period, part: Part) -> dict[str, Any]:
    return {
        **scores_of(period.scored),
        "retention": scores_of(period.retained),
        "scored": len(part.scored),
        "learnt": len(part.learnt),
        **asdict(period.fitted.spent),
        "trained_parameters": period.fitted.trained_parameters,
        **asdict(period.cost),
    }


def protocol_of(question: PeriodsQuestion, parts: Parts) -> dict[str, Any]:
    """How parts are cut and ranked, field by field of `PeriodsProtocol`."""
    asked = question.protocol.model_dump() | question.periods.model_dump()
    asked |= {"n_items": parts.n_items, "epochs": question.epochs, "batch_size": question.batch_size}
    return {field.name: asked[field.name] for field in fields(PeriodsProtocol)}
