"""What the newest nights of the present generation showed, read from their tags, this run's among them."""

from dataclasses import replace
from pathlib import Path

from raie.exceptions import MissingError
from raie.reports.alarm import NightSignals
from raie.reports.documents import EditRecord, Metrics, NightShape, RunDocuments, parse_edits
from raie.reports.outcome import Outcome
from raie.reports.shapes import parsed
from raie.snapshots.git import show
from raie.snapshots.history import LEDGER, METRICS
from raie.snapshots.night import NIGHT_FILE
from raie.snapshots.tags import list_snapshots, tag_of


def recent_nights(
    repository: Path, run: RunDocuments, outcome: Outcome, *, n_nights: int, k: int
) -> list[NightSignals]:
    """Signals of the newest nights, oldest first.

    Of a run that was not promoted only what arrived counts: its regions and its retention are not those of
    the champion.
    """
    promoted = outcome.status == "promoted"
    earlier = [each for each in list_snapshots(repository) if not (promoted and each == outcome.date)]
    present = run.night.generation if promoted or not earlier else _generation(repository, earlier[-1])
    nights: list[NightSignals] = []
    for snapshot in reversed(earlier):
        if len(nights) == n_nights or _generation(repository, snapshot) != present:
            break
        nights.insert(0, _of_snapshot(repository, snapshot, k))
    if run.night.generation != present:
        return nights
    mine = signals_of(outcome.date, run.metrics, run.edits, k=k)
    if promoted:
        return [*nights, mine]
    return [*nights, replace(mine, adds=0, retention=None)] if mine.windows else nights


def signals_of(
    night: str, metrics: Metrics | None, edits: tuple[EditRecord, ...] | None, *, k: int
) -> NightSignals:
    """Signals of one night's documents."""
    forward = metrics.forward if metrics else None
    heldout = metrics.setup_heldout if metrics else None
    return NightSignals(
        night=night,
        windows=forward.windows if forward else 0,
        fallback_share=forward.fallback_share if forward else None,
        ambiguous_share=forward.ambiguous_share if forward else None,
        adds=sum(edit.operation == "add" for edit in edits or ()),
        retention=heldout.routed.get(f"recall_at_{k}") if heldout else None,
    )


def _of_snapshot(repository: Path, snapshot: str, k: int) -> NightSignals:
    metrics = parsed(_shown(repository, snapshot, METRICS), Metrics.model_validate_json)
    edits = parsed(_shown(repository, snapshot, LEDGER), parse_edits)
    return signals_of(snapshot, metrics, edits, k=k)


def _generation(repository: Path, snapshot: str) -> int:
    night = parsed(_shown(repository, snapshot, NIGHT_FILE.as_posix()), NightShape.model_validate_json)
    return night.generation if night else 1


def _shown(repository: Path, snapshot: str, path: str) -> bytes:
    try:
        return show(repository, tag_of(snapshot), path).encode()
    except (MissingError, UnicodeDecodeError):
        return b""
