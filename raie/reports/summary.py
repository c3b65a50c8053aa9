"""The summary that every run ends with: a page to read over coffee, and the same as JSON and as text."""

import json
from dataclasses import asdict
from pathlib import Path

from raie.exceptions import UsageError
from raie.params import PARAMS_FILE, Params, load_params
from raie.reports.account import Section, came_in, changed, edited, refused
from raie.reports.alarm import judge_drift
from raie.reports.documents import read_run
from raie.reports.gatedocuments import GateDocument, GateResult
from raie.reports.gatespage import render_gates
from raie.reports.late import late_rows
from raie.reports.outcome import Outcome
from raie.reports.pages import render
from raie.reports.recentnights import recent_nights
from raie.reports.summaryfiles import DOCUMENT, GATES, PAGE, TEXT, store_summary
from raie.reports.unpromoted import unpromoted_dates
from raie.reports.watch import headline, watch
from raie.snapshots.tags import latest

__all__ = ["Outcome", "summarise", "write_summary"]


def write_summary(repository: Path, worktree: Path, *, outcome: Outcome) -> Path:
    """Summarise a run, however it ended, into ``reports/<date>/``; call it before the work tree is closed.

    Parameters
    ----------
    repository : Path
        Root of the operator's checkout, whose tags tell of earlier nights.
    worktree : Path
        Where the run worked. What is missing there, or cannot be read, is left out and said.
    outcome : Outcome

    Returns
    -------
    Path
        The folder: ``summary.html``, ``summary.json``, ``summary.txt`` and ``gates.html``.

    Raises
    ------
    UsageError
        If the date is none, or git fails.
    OSError
        If the folder cannot be written.
    """
    document = summarise(repository, worktree, outcome=outcome)
    files = {
        GATES: render_gates(worktree / "data" / "gates"),
        PAGE: render("summary.html", **document),
        TEXT: render("summary.txt", **document),
        DOCUMENT: json.dumps(document, indent=2, allow_nan=False) + "\n",
    }
    return store_summary(repository, outcome.date, files)


def summarise(repository: Path, worktree: Path, *, outcome: Outcome) -> Section:
    """Summary as what JSON can hold; what is not known is None."""
    run, params = read_run(worktree), _params(worktree)
    champion, k = latest(repository), params.evaluate.k
    is_night = run.night.kind == "nightly"
    late = late_rows(worktree, outcome.date, days=params.nights.days) if is_night else None
    nights = recent_nights(repository, run, outcome, n_nights=params.alarm.nights, k=k)
    summary: Section = {
        "came_in": came_in(run, late=late),
        "refused": refused(run, outcome),
        "edited": edited(run),
        "changed": changed(run, k=k),
        "alarm": asdict(judge_drift(nights, params.alarm)),
    }
    unpromoted = unpromoted_dates(repository, outcome, champion)
    summary["watch"] = watch(run, outcome, summary, champion=champion, unpromoted=unpromoted)
    night = run.night
    line = headline(outcome, summary, night=night, champion=champion)
    return {
        "date": outcome.date,
        "run": outcome.run,
        "kind": night.kind,
        "generation": night.generation,
        "restored": night.restored,
        "restored_region": night.restored_region,
        "status": outcome.status,
        "headline": line,
        "error": outcome.error,
        "tag": outcome.tag,
        "champion": champion,
        **summary,
        "gates": [_gate(gate) for gate in run.gates],
        "seconds": dict(outcome.seconds),
    }


def _gate(gate: GateResult) -> Section:
    document = gate.document or GateDocument()
    return {
        "gate": gate.name,
        "status": gate.status,
        "headline": gate.fault or document.headline,
        "warnings": list(document.warnings),
    }


def _params(worktree: Path) -> Params:
    """Parameters of the run; a run whose params cannot be read has failed, and says so itself."""
    try:
        return load_params(worktree / PARAMS_FILE)
    except UsageError:
        return Params()
