"""The stages of one snapshot and the gates between them, as Prefect tasks."""

import json
import logging
import time

from prefect import task
from prefect.cache_policies import NO_CACHE

from flows.retries import retried
from raie.exceptions import RaieError, RefusedError
from raie.gates.artefacts import GATES, judge_artefact
from raie.params import ScheduleParams
from raie.snapshots.dvc import PROGRESS
from raie.snapshots.inbox import was_refused
from raie.snapshots.workspace import Workspace

STAGES = (
    "ingest",
    "sequences",
    "pretrain",
    "encode",
    "edit",
    "adapt",
    "evaluate",
    "promote",
    "recommend",
    "snapshot",
)

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


@task(task_run_name="gate {gate}", cache_policy=NO_CACHE)
def run_gate(workspace: Workspace, gate: str) -> None:
    """Judge what a stage has made; a threshold is no input of the stage, so DVC does not run this.

    Raises
    ------
    RefusedError
        With the gate's first reason.
    """
    judgement = judge_artefact(gate, workspace.path)
    _tell(gate, judgement.headline(), judgement.warnings)
    if not judgement.passed:
        raise RefusedError(f"gate {gate}: {judgement.headline()}")


def run_stages(workspace: Workspace, params: ScheduleParams, seconds: dict[str, float]) -> None:
    """Run every stage and the gate after it, noting each stage's seconds as it ends.

    Raises
    ------
    RefusedError
        If a gate said no.
    TransientError
        If a stage was killed at every try.
    RaieError
        If a stage failed.
    """
    stage = retried(run_stage, params)
    for name in STAGES:
        try:
            seconds[name] = stage(workspace, name)
        except RaieError as error:
            if name == "ingest" and was_refused(workspace.path):
                raise RefusedError(str(error)) from error
            raise
        if name == "ingest":
            _tell_of_delivery(workspace)
        if name in GATES:
            run_gate(workspace, GATES[name])


def _tell_of_delivery(workspace: Workspace) -> None:
    """The gate on interactions is part of its stage; a file that it refused alone is no failure."""
    text = (workspace.path / "data/gates/interactions.json").read_text(encoding="utf-8")
    document = json.loads(text)
    refused = [file["headline"] for file in document["files"] if not file["passed"]]
    _tell("interactions", document["headline"], [*refused, *document["warnings"]])


def _tell(gate: str, headline: str, warnings: list[str] | tuple[str, ...]) -> None:
    log.info("            gate %s: %s", gate, headline)
    for line in warnings:
        log.warning("            gate %s: %s", gate, line)


def _show(line: str) -> None:
    shown = line.startswith(PROGRESS)
    log.log(logging.INFO if shown else logging.DEBUG, "            %s", line.removeprefix(PROGRESS))
