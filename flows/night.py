"""One run, from an open work tree to a tag, a summary and a notification."""

from pathlib import Path

from prefect import flow

from flows.living import marked_alive
from flows.record import record
from flows.settle import run_to_its_end
from raie.params import load_params
from raie.snapshots.inbox import due_files, genesis_file
from raie.snapshots.night import Kind
from raie.snapshots.workspace import open_workspace


@flow(name="night", flow_run_name="{kind} {date}", validate_parameters=False)
def night(repository: Path, date: str, kind: Kind) -> str:
    """Make one snapshot; whoever calls this holds the repository's lock.

    Parameters
    ----------
    repository : Path
        Root of the operator's checkout; its branch, index and files stay as they are, but for the inbox.
    date : str
        UTC date, the new snapshot's id.
    kind : str
        ``nightly``, ``construct`` or ``retrain``.

    Returns
    -------
    str
        Id of the snapshot.

    Raises
    ------
    RefusedError
        If a gate or the verdict on promotion said no; the delivery is kept in ``data/quarantine/<date>``.
    RaieError
        If a stage failed; nothing has changed.
    """
    params = load_params(repository / "params.yaml")
    files = [genesis_file(repository)] if kind == "construct" else due_files(repository, date)
    with marked_alive(repository):
        workspace = open_workspace(repository, date, f"{kind} {date}", kind)
        try:
            outcome, error = run_to_its_end(workspace, files, params.schedules)
            record(workspace, outcome, params)
        finally:
            workspace.close()
    if error is not None:
        raise error
    return date
