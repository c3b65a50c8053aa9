"""What becomes of a run: a new champion, a refused candidate, a refused delivery, or nothing."""

import logging
from dataclasses import replace
from pathlib import Path

from flows.stages import run_stages
from raie.exceptions import RaieError, RefusedError
from raie.params import ScheduleParams
from raie.reports.outcome import Outcome, Status
from raie.snapshots.inbox import accept_delivery, refuse_delivery
from raie.snapshots.night import Night
from raie.snapshots.remote import has_remote, note_unpushed
from raie.snapshots.verdicts import promotion_of
from raie.snapshots.workspace import Workspace, deliver

log = logging.getLogger("raie.flows")


def run_to_its_end(
    workspace: Workspace, files: list[Path], params: ScheduleParams
) -> tuple[Outcome, RaieError | None]:
    """Deliver files, run every stage and gate, and settle what becomes of the candidate and its delivery.

    Returns
    -------
    outcome : Outcome
        A delivery that was refused, by itself or with its candidate, lies in quarantine; that of a failed run
        is still in the inbox.
    error : RaieError or None
        What is to be raised once the run is recorded: a ``RefusedError``, or why a stage failed.
    """
    night, seconds = workspace.night, dict[str, float]()
    outcome = Outcome(night.snapshot, night.run or "", "failed", seconds=seconds)
    try:
        deliver(workspace, files)
        run_stages(workspace, params, seconds)
    except RefusedError as error:
        # the gate on interactions speaks of what came in, every other one of what was made of it
        status: Status = "refused candidate" if "ingest" in seconds else "refused delivery"
        if night.decided:
            return replace(outcome, status=status, error=str(error)), error
        kept = _quarantine(workspace, files, str(error))
        refusal = RefusedError(f"{error} [kept in {kept}]")
        return replace(outcome, status=status, error=str(error), kept=kept), refusal
    except RaieError as error:
        return replace(outcome, error=str(error)), error
    return _judged(workspace, files, outcome)


def _judged(workspace: Workspace, files: list[Path], outcome: Outcome) -> tuple[Outcome, RaieError | None]:
    verdict = promotion_of(workspace.path)
    log.info("            %s", verdict["headline"])
    if verdict["promoted"]:
        if has_remote(workspace.repository):
            note_unpushed(workspace.repository, outcome.date)
        tag = workspace.tag(f"Snapshot {outcome.date}{_decision(workspace.night)}")
        refused = accept_delivery(workspace.repository, workspace.path, outcome.date, files)
        return replace(outcome, status="promoted", tag=tag, kept=str(refused) if refused else None), None
    # first out of the inbox: killed in between, the run must not find it there again
    kept = _quarantine(workspace, files, verdict["headline"])
    tag = workspace.tag_candidate(f"Candidate {outcome.date}, refused")
    outcome = replace(outcome, status="refused candidate", error=verdict["headline"], kept=kept, tag=tag)
    return outcome, RefusedError(f"{verdict['headline']} [kept as {tag}, its delivery in {kept}]")


def _decision(night: Night) -> str:
    """What a person decided, for the tag's first line."""
    if night.kind == "restore":
        return f": {night.restored_region or 'all regions'} rolled back to {night.restored}"
    return f": {len(night.erasure)} user erased" if night.erasure else ""


def _quarantine(workspace: Workspace, files: list[Path], reason: str) -> str:
    date = workspace.night.snapshot
    return str(refuse_delivery(workspace.repository, workspace.path, date, files, reason=reason))
