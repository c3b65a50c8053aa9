"""One MLflow run per snapshot: params, metrics, edits, and the documents git keeps."""

import json
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from raie.params import PARAMS_FILE, TrackingParams, load_params

DOCUMENTS = ("data/manifest.json", "data/metrics.json", "data/ledger.jsonl", "data/gates", "dvc.lock")
SQLITE = "sqlite:///"


def log_snapshot(repository: Path, worktree: Path, seconds: Mapping[str, float]) -> None:
    """Record a snapshot as one run of the experiment named in params.

    Parameters
    ----------
    repository : Path
        Root against which a relative ``sqlite:///`` address is taken.
    worktree : Path
        Work tree whose stages have run.
    seconds : mapping of str to float
        Wall time of each stage.
    """
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    import mlflow  # costs seconds: only runs that track pay for it

    logging.getLogger("mlflow").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    params = load_params(worktree / PARAMS_FILE)
    address, experiment = tracking_address(repository, params.tracking), params.tracking.experiment
    mlflow.set_tracking_uri(address)
    if address.startswith(SQLITE) and mlflow.get_experiment_by_name(experiment) is None:
        # or MLflow would keep the documents in whatever folder it is called from
        mlflow.create_experiment(experiment, artifact_location=(repository / "mlruns").resolve().as_uri())
    mlflow.set_experiment(experiment)
    manifest = json.loads((worktree / "data/manifest.json").read_text(encoding="utf-8"))
    metrics = json.loads((worktree / "data/metrics.json").read_text(encoding="utf-8"))
    with mlflow.start_run(run_name=manifest["night"]["run"]):
        mlflow.set_tags({"snapshot": manifest["night"]["snapshot"], "root_hash": manifest["root_hash"]})
        mlflow.log_params(flatten(params.model_dump()))
        mlflow.log_metrics({name: value for name, value in flatten(metrics).items() if _is_number(value)})
        mlflow.log_metrics({f"seconds.{name}": value for name, value in seconds.items()})
        for name in DOCUMENTS:
            mlflow.log_artifact(str(worktree / name))


def tracking_address(repository: Path, params: TrackingParams) -> str:
    """Address of the store: the environment's, else the params', relative files inside the repository."""
    address = os.environ.get("MLFLOW_TRACKING_URI", params.uri)
    if address.startswith(SQLITE) and not address.startswith(SQLITE + "/"):
        return SQLITE + str(repository / address.removeprefix(SQLITE))
    return address


def flatten(document: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Leaves of a nested mapping under dotted names."""
    leaves: dict[str, Any] = {}
    for key, value in document.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            leaves.update(flatten(value, name + "."))
        else:
            leaves[name] = value
    return leaves


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
