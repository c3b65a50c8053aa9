"""One run, from an open work tree to a tag, a summary and a notification."""

from collections.abc import Sequence
from pathlib import Path

from prefect import flow

from flows.living import marked_alive
from flows.record import record
from flows.settle import run_to_its_end
from raie.params import load_params
from raie.snapshots.inbox import due_files, genesis_file
from raie.snapshots.night import Kind
from raie.snapshots.readiness import check_readiness
from raie.snapshots.workspace import Workspace, open_workspace


@flow(name="night", flow_run_name="{kind} {date}", validate_parameters=False)
def night(
    repository: Path,
    date: str,
    kind: Kind,
    restored: str | None = None,
    restored_region: str | None = None,
    erasure: Sequence[str] = (),
) -> str:
    """Make one snapshot; whoever calls this holds the repository's lock.

    Parameters
    ----------
    repository : Path
        Root of the operator's checkout; its branch, index and files stay as they are, but for the inbox.
    date : str
        The new snapshot's id: a UTC date, numbered where the date has a snapshot.
    kind, restored, restored_region, erasure
        As in `raie.snapshots.night.Night`. What a person decided delivers nothing: the inbox waits.

    Returns
    -------
    str
        Id of the snapshot.

    Raises
    ------
    RefusedError
        If a gate or the verdict on promotion said no; the delivery is kept in ``data/quarantine/<date>``.
    UsageError
        If the params do not fit this machine, or the generation that the run goes on with.
    RaieError
        If a stage failed; nothing has changed.
    """
    params = load_params(repository / "params.yaml")
    with marked_alive(repository):
        workspace = open_workspace(
            repository,
            date,
            f"{kind} {date}",
            kind,
            restored=restored,
            restored_region=restored_region,
            erasure=erasure,
        )
        try:
            check_readiness(workspace.path, workspace.night, params)
            outcome, error = run_to_its_end(workspace, _delivery(workspace), params.schedules)
            record(workspace, outcome, params)
        finally:
            workspace.close()
    if error is not None:
        raise error
    return date


def _delivery(workspace: Workspace) -> list[Path]:
    night, repository = workspace.night, workspace.repository
    if night.decided:
        return []
    return [genesis_file(repository)] if night.kind == "construct" else due_files(repository, night.snapshot)
