"""One MLflow run per tag, and below it one per region whose adapter trained.

Times are the tagged commit's, so that recording a tag again adds nothing to a run and a rebuilt store equals
the lost one.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from raie.tracking.documents import Tagged
from raie.tracking.records import Record, night_record, region_record
from raie.tracking.store import Store

if TYPE_CHECKING:
    from mlflow.entities import Run

FINISHED = "FINISHED"
PARENT = "mlflow.parentRunId"
BATCH = 100
"""Params, and tags, that MLflow takes at once; of metrics it takes ten times as many."""


def find_run(store: Store, tag: str, commit: str) -> "Run | None":
    """Run of a tag, finished or not; a tag that was moved to another commit has none yet."""
    mine = f"tags.tag = '{tag}' and tags.commit = '{commit}'"
    found = store.client.search_runs([store.experiment], filter_string=mine, max_results=1)
    return found[0] if found else None


def is_finished(run: "Run | None") -> bool:
    """Whether all that belongs to a run was written."""
    return run is not None and run.info.status == FINISHED


def start_run(store: Store, tagged: Tagged, *, seconds: Mapping[str, float]) -> "Run":
    """Make the run of a tag, still without anything in it."""
    return store.client.create_run(
        store.experiment,
        run_name=tagged.night.run or tagged.tag,
        start_time=tagged.committed - round(1000 * sum(seconds.values())),
        tags={"tag": tagged.tag, "commit": tagged.commit},
    )


def fill_run(
    store: Store,
    run: "Run",
    tagged: Tagged,
    *,
    seconds: Mapping[str, float],
    artifacts: Path,
) -> None:
    """Write all that belongs to a run, finish it last; what a killed call wrote is completed, not doubled.

    Parameters
    ----------
    store : Store
    run : mlflow.entities.Run
        Of this tag.
    tagged : Tagged
    seconds : mapping of str to float
        Wall time of each stage.
    artifacts : Path
        Folder whose content becomes the run's artifacts.
    """
    _write(store, run, tagged, night_record(tagged, seconds))
    below = _children(store, run)
    for region in tagged.touched:
        record = region_record(tagged, region)
        child = below.get(region) or store.client.create_run(
            store.experiment,
            run_name=region,
            start_time=tagged.committed,
            tags={PARENT: run.info.run_id, "region": region},
        )
        _write(store, child, tagged, record)
        _finish(store, child, tagged)
    store.client.log_artifacts(run.info.run_id, str(artifacts))
    _finish(store, run, tagged)


def _write(store: Store, run: "Run", tagged: Tagged, record: Record) -> None:
    """One call where MLflow takes it all at once: each call is a transaction."""
    from mlflow.entities import Metric, Param, RunTag

    metrics = [Metric(name, value, tagged.committed, step) for name, value, step in record.points]
    params = [Param(name, str(value)) for name, value in record.params.items()]
    tags = [RunTag(name, value) for name, value in record.tags.items()]
    # 100 params, 100 tags and 800 metrics are the 1000 entries that a call may have
    rounds = max(-(-len(metrics) // (8 * BATCH)), -(-len(params) // BATCH), -(-len(tags) // BATCH))
    for number in range(rounds):
        store.client.log_batch(
            run.info.run_id,
            metrics=_slice(metrics, number, 8 * BATCH),
            params=_slice(params, number, BATCH),
            tags=_slice(tags, number, BATCH),
        )


def _slice(entries: list[Any], number: int, size: int) -> list[Any]:
    return entries[number * size : (number + 1) * size]


def _children(store: Store, run: "Run") -> dict[str, "Run"]:
    """Runs of the regions, by region: those that a killed call made."""
    mine = f"tags.`{PARENT}` = '{run.info.run_id}'"
    return {child.data.tags["region"]: child for child in store.client.search_runs([store.experiment], mine)}


def _finish(store: Store, run: "Run", tagged: Tagged) -> None:
    store.client.set_terminated(run.info.run_id, FINISHED, tagged.committed)
