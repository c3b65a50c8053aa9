"""What is recorded of a run once its outcome stands: nothing here can undo it, and trouble is said."""

import json
import logging
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from prefect import Task, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State

from flows.notification import notify
from flows.retries import retried
from raie.archive.archive import open_archive
from raie.exceptions import RaieError
from raie.params import Params
from raie.reports.outcome import Outcome
from raie.reports.summary import write_summary
from raie.snapshots.remote import push_outputs
from raie.snapshots.workspace import Workspace
from raie.tracking.track import track, untracked

log = logging.getLogger("raie.flows")


def record(workspace: Workspace, outcome: Outcome, params: Params) -> None:
    """Push the outputs, track the run, write its summary and send it, each as far as that can be done."""
    trouble = [
        *_indexed(workspace, outcome),
        *_pushed(workspace, outcome, params),
        *_tracked(workspace, outcome, params),
    ]
    outcome = replace(outcome, trouble=tuple(trouble))
    _, folder = _attempt(summarise, workspace, outcome)
    if folder is None:
        return
    document = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    log.info("%s\n            %s", document["headline"], folder / "summary.html")
    fault = notify(document, params.notification)
    if fault:
        log.warning("            %s", fault)


@task(name="index", cache_policy=NO_CACHE)
def index(repository: Path) -> None:
    """Read the new tag into the archive, whose witness tells later if the tag was moved."""
    open_archive(repository)


@task(name="push", cache_policy=NO_CACHE)
def push(workspace: Workspace) -> None:
    """Copy the run's outputs to DVC's default remote, if there is one."""
    if push_outputs(workspace.repository, workspace.path, workspace.night.snapshot):
        log.info("            pushed to the remote")


@task(name="draw", cache_policy=NO_CACHE)
def draw(workspace: Workspace, tag: str, picture: Path) -> None:
    """Draw the regions of the champion that was and of what the run made."""
    # Matplotlib and scikit-learn take seconds: only a run that made something pays for them
    from raie.reports.regionmap import draw_regions

    assert workspace.night.previous is not None
    draw_regions(workspace.repository, before=workspace.night.previous, after=tag, out=picture)


@task(name="untracked", cache_policy=NO_CACHE)
def left_behind(repository: Path) -> list[str]:
    """Tags that MLflow does not have, because an earlier run was killed or could not reach it."""
    return untracked(repository)


@task(name="track", task_run_name="track {tag}", cache_policy=NO_CACHE)
def track_tag(repository: Path, tag: str, seconds: Mapping[str, float], plots: Sequence[Path]) -> None:
    """Record a tag in MLflow."""
    track(repository, tag, seconds=seconds, plots=plots)


@task(name="summary", cache_policy=NO_CACHE)
def summarise(workspace: Workspace, outcome: Outcome) -> Path:
    """Write the run's summary and return its folder."""
    return write_summary(workspace.repository, workspace.path, outcome=outcome)


def _indexed(workspace: Workspace, outcome: Outcome) -> list[str]:
    return _attempt(index, workspace.repository)[0] if outcome.tag else []


def _pushed(workspace: Workspace, outcome: Outcome, params: Params) -> list[str]:
    return _attempt(retried(push, params.schedules), workspace)[0] if outcome.status == "promoted" else []


def _tracked(workspace: Workspace, outcome: Outcome, params: Params) -> list[str]:
    """Record the run's tag, after those left behind."""
    if outcome.tag is None:
        return []
    trouble, left = _attempt(retried(left_behind, params.schedules), workspace.repository)
    if left is None:
        return trouble
    step = retried(track_tag, params.schedules)
    for tag in left:
        if tag != outcome.tag:
            trouble += _attempt(step, workspace.repository, tag, {}, [])[0]
    with tempfile.TemporaryDirectory() as scratch:
        picture = Path(scratch) / "regions.png"
        # a generation's first snapshot lies in another space than the one before it
        if workspace.night.goes_on:
            trouble += _attempt(draw, workspace, outcome.tag, picture)[0]
        plots = [picture] if picture.is_file() else []
        return trouble + _attempt(step, workspace.repository, outcome.tag, outcome.seconds, plots)[0]


def _attempt(step: Task[..., Any], *arguments: Any) -> tuple[list[str], Any]:
    """Run a step and return what went wrong, if anything, and its result."""
    state: State[Any] = step(*arguments, return_state=True)  # type: ignore[assignment]
    result = state.result(raise_on_failure=False)
    if state.is_completed():
        return [], result
    line = str(result) if isinstance(result, RaieError) else f"{step.name}: {type(result).__name__}: {result}"
    log.warning("            %s", line)
    return [line], None
