"""Edit the regions with the night's encodings, or begin a generation of them."""

from pathlib import Path

import numpy as np

from raie.datastore.datastore import Datastore
from raie.edits.apply import construct_edits
from raie.edits.edit import Edit
from raie.edits.night import edit_regions
from raie.edits.succession import succession_edits
from raie.encodings.memory import Memory, joined
from raie.interactions.table import day_of
from raie.params import load_params
from raie.regions.construct import construct_regions
from raie.regions.lineage import trace_lineage
from raie.regions.regionset import RegionSet
from raie.sequences.windows import Windows
from raie.snapshots.geometry import load_regions
from raie.snapshots.night import read_night
from raie.stages.artefacts import INCOMING, LINEAGE, TRAINABLE
from raie.stages.decided import erase, restore, start_over
from raie.stages.decisions import write_decisions, write_edits
from raie.stages.editrun import EditRun, State
from raie.stages.entry import start


def edit(
    *,
    windows: Path,
    encodings: Path,
    previous: Path,
    restored: Path,
    night: Path,
    regions: Path,
    decisions: Path,
) -> None:
    """Run the stage."""
    params, this = load_params(), read_night(night)
    incoming = _incoming(windows, encodings)
    date = this.date or str(day_of([incoming.windows.label_times.max()])[0])
    run = EditRun(params, this, date, previous, restored, regions, decisions)
    decisions.mkdir(parents=True, exist_ok=True)
    if this.kind == "nightly":
        _edit(run, incoming, State.load(previous, ()), ())
    elif this.kind == "restore":
        restore(run)
    elif this.starts_over:
        _edit(run, incoming, *start_over(run))
    elif this.kind == "erase":
        erase(run)
    elif this.kind == "retrain":
        _retrain(run, incoming, np.load(encodings / LINEAGE, allow_pickle=False))
    else:
        _construct(run, incoming)


def _incoming(windows: Path, encodings: Path) -> Memory:
    """Tonight's windows that may train: held-out users' are left out."""
    trainable = np.load(windows / TRAINABLE, allow_pickle=False)
    cut = Windows.load(windows / INCOMING, mmap=True)
    encoded = np.load(encodings / f"{INCOMING}.npy", allow_pickle=False)
    return Memory(cut, encoded, np.full(len(cut), "", dtype=np.str_)).take(trainable)


def _construct(run: EditRun, incoming: Memory) -> None:
    params = run.params.regions
    built, labels = construct_regions(
        incoming.encodings,
        params=params,
        seed=run.params.compute.seed,
        snapshot=run.night.snapshot,
        date=run.date,
    )
    edits = construct_edits(built, radius_quantile=params.radius_quantile)
    _begin(run, _named(incoming, built.ids, labels), edits, RegionSet.empty(built.dim))


def _retrain(run: EditRun, incoming: Memory, remembered: np.ndarray) -> None:
    """New regions from scratch, matched to the old ones by what the new backbone makes of their memories."""
    params, before = run.params.regions, load_regions(run.previous)
    memory = State.load(run.previous, run.night.erasure).memory
    built, labels = construct_regions(
        incoming.encodings,
        params=params.model_copy(update={"n_regions": max(params.n_regions, len(before))}),
        seed=run.params.compute.seed,
        snapshot=run.night.snapshot,
        date=run.date,
    )
    lineage = trace_lineage(
        built,
        before,
        memory_encodings=remembered,
        memory_regions=memory.region_ids,
        min_share=params.lineage_min_share,
    )
    edits = succession_edits(
        built,
        lineage,
        before,
        generation=run.night.generation,
        radius_quantile=params.radius_quantile,
    )
    _begin(run, _named(incoming, lineage.ids, labels), edits, before)


def _named(incoming: Memory, ids: tuple[str, ...], labels: np.ndarray) -> Memory:
    return Memory(incoming.windows, incoming.encodings, np.array(ids, dtype=np.str_)[labels])


def _begin(run: EditRun, members: Memory, edits: tuple[Edit, ...], before: RegionSet) -> None:
    """A generation: its regions, a sample of their members as their memory, nothing in the pool."""
    after, nobody = run.fold(before, edits), np.zeros(0, dtype=np.int64)
    params = run.params
    sample, seen = members.bounded(params.regions.memory_size), Datastore()
    seen = seen.received(members, size=params.datastore.size)
    State(after, sample, members.take(nobody), seen).save(run.regions)
    write_edits(run.decisions, edits, before, after, members, run.date)


def _edit(run: EditRun, incoming: Memory, state: State, back: tuple[Edit, ...]) -> None:
    """Edit a state, to which the edits ``back`` have led from the previous one."""
    params, candidates = run.params, joined(state.pool, incoming)
    result = edit_regions(
        state.regions,
        incoming.encodings,
        memory_encodings=state.memory.encodings,
        memory_regions=state.memory.region_ids,
        pool_encodings=state.pool.encodings,
        params=params.edits,
        radius_quantile=params.regions.radius_quantile,
        snapshot=run.night.snapshot,
        date=run.date,
        seed=params.compute.seed,
    )
    given = candidates.take(result.assignments.rows)
    given = Memory(given.windows, given.encodings, result.assignments.region_ids)
    kept = joined(state.memory.renamed(result.successors, result.regions.ids), given)
    kept = kept.renamed({}, result.regions.ids).bounded(params.regions.memory_size)
    seen = state.datastore.renamed(result.successors, result.regions.ids)
    seen = seen.received(given.renamed({}, result.regions.ids), size=params.datastore.size)
    State(result.regions, kept, candidates.take(result.pool), seen).save(run.regions)
    write_decisions(run.decisions, candidates.windows, result, state.regions, params.edits)
    given.save(run.decisions / INCOMING)
    before, edits = load_regions(run.previous), (*back, *result.edits)
    write_edits(run.decisions, edits, before, result.regions, given, run.date)


if __name__ == "__main__":
    start(edit)
