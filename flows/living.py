"""Which flow runs live: a lock per run that dies with its process, and the dead told to Prefect.

A killed process leaves its run RUNNING in Prefect's database for ever, where it may hold the only slot.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from filelock import FileLock, Timeout
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.runtime import flow_run
from prefect.states import Crashed

from raie.snapshots.lock import WORK

FLOWS = ("nightly", "backfill", "construct", "retrain", "rollback", "forget", "night")
UNFINISHED = (StateType.PENDING, StateType.RUNNING, StateType.CANCELLING)
PATIENCE = timedelta(minutes=15)
"""How long a run may take from being announced to marking itself alive."""


@contextmanager
def marked_alive(repository: Path) -> Iterator[None]:
    """Hold the mark of the flow run that this is called in."""
    mark = _mark(repository, str(flow_run.id))
    mark.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(mark):
        try:
            yield
        finally:
            mark.unlink(missing_ok=True)


def crash_the_dead(repository: Path) -> list[str]:
    """Set this repository's unfinished runs whose process is gone to Crashed and return their names."""
    ours = FlowFilter(name=FlowFilterName(any_=list(FLOWS)))
    unfinished = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(UNFINISHED))))
    dead = []
    with get_client(sync_client=True) as client:
        for run in client.read_flow_runs(flow_filter=ours, flow_run_filter=unfinished):
            if _of(repository, run) and _is_dead(repository, run):
                client.set_flow_run_state(run.id, Crashed(message="its process is gone"), force=True)
                _mark(repository, str(run.id)).unlink(missing_ok=True)
                dead.append(run.name)
    return dead


def _mark(repository: Path, run_id: str) -> Path:
    return repository / WORK / "runs" / run_id


def _of(repository: Path, run: FlowRun) -> bool:
    named = run.parameters.get("repository")
    return isinstance(named, str) and Path(named).resolve() == repository.resolve()


def _is_dead(repository: Path, run: FlowRun) -> bool:
    mark = _mark(repository, str(run.id))
    if not mark.exists():
        since = run.state.timestamp if run.state else run.created
        return since is None or datetime.now(UTC) - since > PATIENCE
    lock = FileLock(mark)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    lock.release()
    return True
