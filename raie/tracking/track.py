"""Record a tag in MLflow: the run, the runs of its regions, the model version, the alias last.

Everything is read from the tag and from DVC's cache, so a lost store is rebuilt by recording every tag again.
A call that was killed is made up for by the next one.
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from raie.snapshots.git import git
from raie.snapshots.pruned import read_pruned
from raie.snapshots.tags import (
    CANDIDATE_PREFIX,
    PREFIX,
    latest,
    list_candidates,
    list_snapshots,
    order_of,
    ref_of,
)
from raie.tracking.artifacts import gather
from raie.tracking.bundle import write_bundle
from raie.tracking.documents import Tagged, unpack
from raie.tracking.runs import fill_run, find_run, is_finished, start_run
from raie.tracking.saved import save_model
from raie.tracking.store import Store, one_line_errors, open_store
from raie.tracking.versions import champion_of, crown, register, registered, version_of

if TYPE_CHECKING:
    from mlflow.entities import Run


@dataclass(frozen=True)
class TrackedRun:
    """Where a tag is recorded.

    Attributes
    ----------
    run_id : str
        MLflow run.
    version : str or None
        Version of the registered model; None for a refused candidate.
    """

    run_id: str
    version: str | None


def track(
    repository: Path,
    tag: str,
    *,
    seconds: Mapping[str, float] | None = None,
    plots: Sequence[Path] = (),
) -> TrackedRun:
    """Record a tag, or complete what an earlier call left undone; doing it again changes nothing.

    A snapshot becomes a version of the registered model, and once all else is there, the alias ``champion``
    moves to it if no snapshot is newer. A candidate is recorded without a version.

    Parameters
    ----------
    repository : Path
        Root of the operator's checkout, whose ``params.yaml`` names the store.
    tag : str
        Of a snapshot or a candidate.
    seconds : mapping of str to float, optional
        Wall time of each stage, which no tag holds.
    plots : sequence of Path
        Files to show beside the documents.

    Raises
    ------
    MissingError
        If there is no such tag, or a plot or an output of the snapshot is gone.
    RefusedError
        If an output is not the one that the manifest names.
    TransientError
        If the store cannot be reached.
    RaieError
        If the store refuses.
    """
    with one_line_errors(), tempfile.TemporaryDirectory() as scratch:
        store = open_store(repository)
        tagged = unpack(repository, ref_of(repository, tag), Path(scratch) / "documents")
        run = find_run(store, tagged.tag, tagged.commit)
        if run is None or not is_finished(run):
            artifacts = gather(tagged, plots, Path(scratch) / "artifacts")
            run = run or start_run(store, tagged, seconds=seconds or {})
            fill_run(store, run, tagged, seconds=seconds or {}, artifacts=artifacts)
        if not tagged.promoted:
            return TrackedRun(run.info.run_id, None)
        version = version_of(store, run) or _register(repository, store, run, tagged, Path(scratch))
        if tagged.tag == f"{PREFIX}{latest(repository)}":
            crown(store, version)
        return TrackedRun(run.info.run_id, version)


def untracked(repository: Path) -> list[str]:
    """Tags of snapshots and candidates that are not, or not wholly, recorded; oldest first.

    Raises
    ------
    TransientError, RaieError
        As for `track`.
    """
    newest = f"{PREFIX}{latest(repository)}"
    with one_line_errors():
        store = open_store(repository)
        versions, champion = registered(store), champion_of(store)
        # what was freed on purpose cannot be registered again
        missing, freed = [], read_pruned(repository)
        for tag, commit in _commits(repository).items():
            version = versions.get((tag, commit))
            if tag.startswith(CANDIDATE_PREFIX):
                recorded = is_finished(find_run(store, tag, commit))
            else:
                recorded = version is not None and (tag != newest or version == champion)
            if not recorded and tag not in freed:
                missing.append(tag)
    return missing


def _register(repository: Path, store: Store, run: "Run", tagged: Tagged, scratch: Path) -> str:
    bundle, model = scratch / "bundle", scratch / "model"
    identity = write_bundle(repository, tagged, bundle)
    save_model(bundle, model, identity=identity, defaults=tagged.defaults)
    return register(store, run, model, identity=identity)


def _commits(repository: Path) -> dict[str, str]:
    """Commit of every snapshot's and candidate's tag, by date."""
    # an annotated tag names its commit, another is one
    form = "--format=%(refname:strip=2) %(objectname) %(*objectname)"
    lines = git(repository, "for-each-ref", form, "refs/tags").splitlines()
    commits = {name: target[-1] for name, *target in map(str.split, lines)}
    dated = [(order_of(each), PREFIX + each) for each in list_snapshots(repository)]
    dated += [(order_of(each), CANDIDATE_PREFIX + each) for each in list_candidates(repository)]
    return {tag: commits[tag] for _, tag in sorted(dated)}
