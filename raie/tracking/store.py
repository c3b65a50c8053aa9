"""The MLflow store: where it lies, its experiment, its registered model; quiet, and loaded when needed."""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from raie.exceptions import RaieError, TransientError
from raie.params import PARAMS_FILE, TrackingParams, load_params

if TYPE_CHECKING:  # importing MLflow takes seconds: only runs that track pay for it
    from mlflow import MlflowClient

SQLITE = "sqlite:///"
QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "MLFLOW_UV_AUTO_DETECT": "false",
    # its own seven tries take four minutes, and flows try again too
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
}
TRANSIENT = ("TEMPORARILY_UNAVAILABLE", "INTERNAL_ERROR", "REQUEST_LIMIT_EXCEEDED", "DEADLINE_EXCEEDED")
"""MLflow's own codes of what may succeed later; a lost connection carries the second."""


@dataclass(frozen=True)
class Store:
    """An open MLflow store.

    Attributes
    ----------
    client : MlflowClient
    experiment : str
        Id of the experiment that runs go to.
    model : str
        Name of the registered model.
    """

    client: "MlflowClient"
    experiment: str
    model: str


def open_store(repository: Path) -> Store:
    """Open the store that the operator's ``params.yaml`` names, making what is missing.

    Parameters
    ----------
    repository : Path
        Root whose ``params.yaml`` is read, and against which a relative ``sqlite:///`` address is taken.

    Raises
    ------
    UsageError
        If the params are not valid.
    """
    params = load_params(repository / PARAMS_FILE).tracking
    address = tracking_address(repository, params)
    client = _client(address)
    found = client.get_experiment_by_name(params.experiment)
    if found is not None:
        return Store(client, found.experiment_id, params.model)
    # or MLflow would keep a file store's artifacts in whatever folder it is called from
    artifacts = (repository / "mlruns").resolve().as_uri() if address.startswith(SQLITE) else None
    return Store(client, client.create_experiment(params.experiment, artifacts), params.model)


def tracking_address(repository: Path, params: TrackingParams) -> str:
    """Address of the store: the environment's, else the params', relative files inside the repository."""
    address = os.environ.get("MLFLOW_TRACKING_URI", params.uri)
    if address.startswith(SQLITE) and not address.startswith(SQLITE + "/"):
        return SQLITE + str(repository.resolve() / address.removeprefix(SQLITE))
    return address


def every_page(search: Callable[..., Any], *query: Any) -> Iterator[Any]:
    """Yield all that one of MLflow's searches finds, page by page."""
    token = None
    while token != "":
        page = search(*query, page_token=token)
        yield from page
        token = page.token or ""


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn what MLflow raises into one line of ours.

    Raises
    ------
    TransientError
        If the store could not be reached or is busy.
    RaieError
        If it refused.
    """
    make_quiet()
    from mlflow.exceptions import MlflowException

    try:
        yield
    except MlflowException as error:
        reason = " ".join(str(error).split())
        kind = TransientError if error.error_code in TRANSIENT else RaieError
        raise kind(f"MLflow: {reason}; snapshots stand, record them when tracking.uri answers") from error


def make_quiet() -> None:
    """Turn off MLflow's telemetry, progress bars and chatter, before its first import."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)


def _client(address: str) -> "MlflowClient":
    make_quiet()
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=address)
