"""One version of the registered model per snapshot; its alias ``champion`` names the one to serve."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from raie.tracking.store import Store, every_page

if TYPE_CHECKING:
    from mlflow.entities import Run
    from mlflow.entities.model_registry import RegisteredModel

CHAMPION = "champion"
MODEL = "model"
"""Where the model lies among the artifacts of its run."""


def version_of(store: Store, run: "Run") -> str | None:
    """Version that a run was registered as, if it was."""
    found = store.client.search_model_versions(f"name = '{store.model}' and run_id = '{run.info.run_id}'")
    return str(found[0].version) if found else None


def registered(store: Store) -> dict[tuple[str, str], str]:
    """Version by tag and commit, of all snapshots that were registered: their runs were finished before."""
    pages = every_page(store.client.search_model_versions, f"name = '{store.model}'")
    tagged = ((found.tags, str(found.version)) for found in pages)
    return {(tags["tag"], tags["commit"]): version for tags, version in tagged if "commit" in tags}


def register(store: Store, run: "Run", model: Path, *, identity: Mapping[str, str]) -> str:
    """Make a model the next version, lying among the artifacts of its run.

    Parameters
    ----------
    store : Store
    run : mlflow.entities.Run
    model : Path
        As `raie.tracking.saved.save_model` wrote it.
    identity : mapping of str to str
        Who the snapshot is: the version's tags.

    Returns
    -------
    str
        The version.
    """
    store.client.log_artifacts(run.info.run_id, str(model), MODEL)
    _ensure_model(store)
    version = store.client.create_model_version(
        store.model,
        f"{run.info.artifact_uri}/{MODEL}",
        run_id=run.info.run_id,
        tags=dict(identity),
        description=f"Snapshot {identity['snapshot']}, root hash {identity['root_hash']}",
    )
    return str(version.version)


def champion_of(store: Store) -> str | None:
    """Version that is to be served, or None where there is none yet."""
    model = _found(store)
    aliases: Mapping[str, object] = model.aliases if model is not None else {}
    return str(aliases[CHAMPION]) if CHAMPION in aliases else None


def crown(store: Store, version: str) -> None:
    """Point the alias at a version: from now on it is served."""
    if champion_of(store) != version:
        store.client.set_registered_model_alias(store.model, CHAMPION, version)


def _ensure_model(store: Store) -> None:
    if _found(store) is None:
        about = "Region-aware recommender: a version per promoted snapshot, the alias champion on the newest."
        store.client.create_registered_model(store.model, description=about)


def _found(store: Store) -> "RegisteredModel | None":
    found = store.client.search_registered_models(f"name = '{store.model}'", max_results=1)
    return found[0] if found else None
