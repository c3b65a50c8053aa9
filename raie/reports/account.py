"""The account of a run: what came in, what was refused, what was edited, what it changed."""

from typing import Any

from raie.reports.documents import RunDocuments, Scores
from raie.reports.editcounts import count_edits
from raie.reports.outcome import Outcome

Section = dict[str, Any]


def came_in(run: RunDocuments, *, late: int | None) -> Section:
    """Delivered files and rows, and the sequences that were cut from them; None is not known."""
    gate, forward = run.gate("interactions"), run.metrics.forward if run.metrics else None
    cut = forward.windows if forward else run.gate("sequences").count("windows")
    return {
        "files": [file.model_dump() for file in gate.files],
        "rows": gate.count("rows"),
        "accepted": gate.count("accepted"),
        "duplicates": gate.count("duplicates"),
        "late": late,
        "sequences": cut,
    }


def refused(run: RunDocuments, outcome: Outcome) -> Section:
    """What was not taken, why, and where it lies."""
    gate = run.gate("interactions")
    return {
        "files": [file.file for file in gate.files if not file.passed],
        "rows": gate.count("refused"),
        "reasons": dict(gate.reasons),
        "why": [] if outcome.status == "promoted" else _why(run, outcome),
        "kept": outcome.kept,
    }


def _why(run: RunDocuments, outcome: Outcome) -> list[str]:
    """Every gate that said no, or else the error."""
    said_no = [gate for gate in run.gates if gate.status == "refused"]
    said = [(gate.name, gate.document.headline) for gate in said_no if gate.document]
    lines = [f"{name}: {line.removeprefix('refused: ')}" for name, line in said]
    return lines or ([outcome.error] if outcome.error else [])


def edited(run: RunDocuments) -> Section:
    """What the edits did to the regions, and which adapters were trained."""
    edits, training = run.edits or (), run.training or {}
    touched = [name for name, region in training.items() if region.trained]

    def regions(operation: str) -> list[str]:
        return [edit.region for edit in edits if edit.operation == operation]

    return {
        **count_edits(edits),
        "added": regions("add"),
        "merged": [[edit.region, *edit.parents] for edit in edits if edit.operation == "merge"],
        "retired": regions("retire"),
        "constructed": regions("construct"),
        "renewed": regions("renew"),
        "ended": regions("end"),
        "touched": touched,
        "regions": len(training) if run.training is not None else None,
    }


def changed(run: RunDocuments, *, k: int) -> Section:
    """How the champion met what arrived, what is retained, and the candidate against the champion."""
    metrics, promotion = run.metrics, run.gate("promotion")
    return {
        "k": k,
        "forward": _scores(metrics.forward if metrics else None, k),
        "retention": _scores(metrics.setup_heldout if metrics else None, k),
        "first": promotion.first,
        "confidence": promotion.confidence,
        "checks": [{**check.model_dump(), "lost": check.lost} for check in promotion.checks],
    }


def _scores(scores: Scores | None, k: int) -> Section | None:
    if scores is None or not scores.windows:
        return None
    return {
        "windows": scores.windows,
        "recall": scores.routed.get(f"recall_at_{k}"),
        "ndcg": scores.routed.get(f"ndcg_at_{k}"),
        "base_recall": scores.base.get(f"recall_at_{k}"),
        "fallback_share": scores.fallback_share,
        "ambiguous_share": scores.ambiguous_share,
    }
