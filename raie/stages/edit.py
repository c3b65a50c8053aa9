"""Edit the regions with the night's encodings, or begin a generation of them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from raie.edits.apply import construct_edits
from raie.edits.edit import Edit
from raie.edits.fold import fold
from raie.edits.night import edit_regions
from raie.edits.succession import succession_edits
from raie.encodings.memory import Memory, joined
from raie.interactions.table import day_of
from raie.params import Params, load_params
from raie.regions.construct import construct_regions
from raie.regions.lineage import trace_lineage
from raie.regions.regionset import RegionSet
from raie.sequences.windows import Windows
from raie.snapshots.geometry import load_regions, save_regions
from raie.snapshots.night import Night, read_night
from raie.stages.artefacts import INCOMING, LINEAGE, MEMORY, POOL, TRAINABLE
from raie.stages.decisions import write_decisions, write_edits
from raie.stages.entry import start


def edit(
    *, windows: Path, encodings: Path, previous: Path, night: Path, regions: Path, decisions: Path
) -> None:
    """Run the stage."""
    params, this = load_params(), read_night(night)
    incoming = _incoming(windows, encodings)
    date = this.date or str(day_of([incoming.windows.label_times.max()])[0])
    run = _Run(params, this, date, previous, regions, decisions)
    decisions.mkdir(parents=True, exist_ok=True)
    if this.kind == "nightly":
        _edit(run, incoming)
    elif this.kind == "retrain":
        _retrain(run, incoming, np.load(encodings / LINEAGE, allow_pickle=False))
    else:
        _construct(run, incoming)


@dataclass(frozen=True)
class _Run:
    """What the stage was asked for."""

    params: Params
    night: Night
    date: str
    previous: Path
    regions: Path
    decisions: Path


def _incoming(windows: Path, encodings: Path) -> Memory:
    """Tonight's windows that may train: held-out users' are left out."""
    trainable = np.load(windows / TRAINABLE, allow_pickle=False)
    cut = Windows.load(windows / INCOMING)
    encoded = np.load(encodings / f"{INCOMING}.npy", allow_pickle=False)
    return Memory(cut, encoded, np.full(len(cut), "", dtype=np.str_)).take(trainable)


def _construct(run: _Run, incoming: Memory) -> None:
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


def _retrain(run: _Run, incoming: Memory, remembered: np.ndarray) -> None:
    """New regions from scratch, matched to the old ones by what the new backbone makes of their memories."""
    params, before = run.params.regions, load_regions(run.previous)
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
        memory_regions=Memory.load(run.previous / MEMORY).region_ids,
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


def _begin(run: _Run, members: Memory, edits: tuple[Edit, ...], before: RegionSet) -> None:
    """A generation: its regions, a sample of their members as their memory, nothing in the pool."""
    after = fold(before, edits, snapshot=run.night.snapshot, date=run.date)
    save_regions(after, run.regions)
    members.bounded(run.params.regions.memory_size).save(run.regions / MEMORY)
    members.take(np.zeros(0, dtype=np.int64)).save(run.regions / POOL)
    write_edits(run.decisions, edits, before, after, members, run.date)


def _edit(run: _Run, incoming: Memory) -> None:
    params = run.params
    before, memory = load_regions(run.previous), Memory.load(run.previous / MEMORY)
    pool = Memory.load(run.previous / POOL)
    candidates = joined(pool, incoming)
    result = edit_regions(
        before,
        incoming.encodings,
        memory_encodings=memory.encodings,
        memory_regions=memory.region_ids,
        pool_encodings=pool.encodings,
        params=params.edits,
        radius_quantile=params.regions.radius_quantile,
        snapshot=run.night.snapshot,
        date=run.date,
        seed=params.compute.seed,
    )
    given = candidates.take(result.assignments.rows)
    given = Memory(given.windows, given.encodings, result.assignments.region_ids)
    save_regions(result.regions, run.regions)
    kept = joined(memory.renamed(result.successors, result.regions.ids), given)
    kept.renamed({}, result.regions.ids).bounded(params.regions.memory_size).save(run.regions / MEMORY)
    candidates.take(result.pool).save(run.regions / POOL)
    write_decisions(run.decisions, candidates.windows, result, before, params.edits)
    given.windows.save(run.decisions / INCOMING)
    write_edits(run.decisions, result.edits, before, result.regions, given, run.date)


if __name__ == "__main__":
    start(edit)
