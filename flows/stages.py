"""The stages of one snapshot as Prefect tasks, from an open work tree to a tag."""

import logging
import time
from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from raie.exceptions import RaieError, RefusedError
from raie.snapshots.dvc import PROGRESS
from raie.snapshots.inbox import accept_delivery, refuse_delivery, was_refused
from raie.snapshots.workspace import Workspace, deliver, open_workspace
from raie.tracking.runs import log_snapshot

STAGES = ("ingest", "sequences", "pretrain", "encode", "edit", "adapt", "evaluate", "recommend", "snapshot")

log = logging.getLogger("raie.flows")


# DVC alone decides what is fresh.
@task(task_run_name="{name}", cache_policy=NO_CACHE)
def run_stage(workspace: Workspace, name: str) -> float:
    """Run one DVC stage and return its seconds."""
    started = time.monotonic()
    workspace.stage(name, on_line=_show)
    seconds = time.monotonic() - started
    log.info("%s  %-9s %5.1f s", workspace.night.snapshot, name, seconds)
    return seconds


def _show(line: str) -> None:
    shown = line.startswith(PROGRESS)
    log.log(logging.INFO if shown else logging.DEBUG, "            %s", line.removeprefix(PROGRESS))


def make_snapshot(repository: Path, *, date: str, run: str, files: list[Path]) -> str:
    """Deliver files, run every stage, tag the result and record it; nothing changes if a stage fails.

    Returns
    -------
    str
        Id of the new snapshot.

    Raises
    ------
    RefusedError
        If the gate refused the delivery; it is kept in ``data/quarantine/<date>``.
    """
    workspace = open_workspace(repository, date, run)
    try:
        deliver(workspace, files)
        seconds = _run_stages(workspace, files)
        workspace.tag(f"Snapshot {date}")
        accept_delivery(repository, workspace.path, date, files)
        log_snapshot(repository, workspace.path, seconds)
    finally:
        workspace.close()
    return date


def _run_stages(workspace: Workspace, files: list[Path]) -> dict[str, float]:
    seconds = {}
    for name in STAGES:
        try:
            seconds[name] = run_stage(workspace, name)
        except RaieError as error:
            if not was_refused(workspace.path):
                raise
            kept = refuse_delivery(workspace.repository, workspace.path, workspace.night.snapshot, files)
            raise RefusedError(f"{error} [kept in {kept}]") from error
    return seconds
