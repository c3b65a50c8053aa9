"""Fill one cell: the usual run, groups that leave and come back, and a poisoned part."""

from dataclasses import asdict
from pathlib import Path

from raie.backbones.device import fix_threads
from raie.exceptions import UsageError
from raie.experiments.cells.material import THREADS
from raie.experiments.cells.provenance import code_version
from raie.experiments.cells.store import cell_path, write_document
from raie.experiments.isolation.course import Course
from raie.experiments.isolation.groups import groups_of
from raie.experiments.isolation.poison import poison_of
from raie.experiments.isolation.question import IsolationQuestion
from raie.experiments.isolation.reading import read_isolation_cell
from raie.experiments.isolation.record import IsolationRecord
from raie.experiments.isolation.returns import returns_of
from raie.experiments.isolation.usual import usual_run
from raie.experiments.isolation.variants import settings_of, variant_named
from raie.experiments.periods.fill import protocol_of
from raie.experiments.periods.material import load_shared, parts_of
from raie.experiments.periods.record import PeriodsProtocol
from raie.methods.contract import Method, Settings


def fill_isolation(folder: Path, question: IsolationQuestion, name: str, seed: int) -> None:
    """Ask all of one variant under one seed, unless that was done with the same settings."""
    fix_threads(THREADS)
    variant, path = variant_named(name), cell_path(folder, question, name, seed)
    settings, n_trials = settings_of(folder, question, variant)
    if not _is_filled(path, question, settings):
        record = _asked(folder, question, variant, settings, n_trials, seed)
        write_document(path, asdict(record))


def _asked(
    folder: Path, question: IsolationQuestion, variant: Method, settings: Settings, n_trials: int, seed: int
) -> IsolationRecord:
    parts, backbone = parts_of(question, seed), load_shared(folder, question, seed)
    groups = groups_of(backbone, parts, question.isolation)
    course = Course(variant, settings, backbone, question, seed)
    usual = usual_run(course, parts)
    poison, rollback = poison_of(course, parts, groups, usual)
    returning = range(question.isolation.n_returning)
    return IsolationRecord(
        format=1,
        question=question.digest,
        dataset=question.dataset,
        backbone=question.backbone.name,
        method=variant.name,
        seed=seed,
        protocol=PeriodsProtocol(**protocol_of(question, parts)),
        n_groups=question.isolation.n_groups,
        settings=dict(settings),
        n_trials=n_trials,
        returns=[returns_of(course, parts, groups, group, usual) for group in returning],
        poison=poison,
        rollback=rollback,
        moved=usual.moved,
        cost=usual.cost,
        code=code_version(),
    )


def _is_filled(path: Path, question: IsolationQuestion, settings: Settings) -> bool:
    try:
        found = read_isolation_cell(path, question)
    except UsageError:
        return False
    return found is not None and found.settings == settings
