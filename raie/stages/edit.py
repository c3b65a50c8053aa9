"""Construct the regions from scratch, or edit them with the night's encodings."""

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from raie.edits.apply import construct_edits
from raie.edits.decide import Operation
from raie.edits.edit import Edit
from raie.edits.night import NightEdit, edit_regions
from raie.encodings.memory import Memory, joined
from raie.interactions.table import day_of
from raie.params import Params, load_params
from raie.regions.construct import construct_regions
from raie.regions.regionset import RegionSet, region_digest
from raie.sequences.windows import Windows
from raie.snapshots.digests import canonical, text_digest
from raie.snapshots.geometry import load_regions, save_regions
from raie.snapshots.night import Night, read_night
from raie.stages.artefacts import ASSIGNMENTS, DECISIONS, EDITS, INCOMING, MEMORY, POOL, TRAINABLE
from raie.stages.entry import has_previous, start


def edit(
    *, windows: Path, encodings: Path, previous: Path, night: Path, regions: Path, decisions: Path
) -> None:
    """Run the stage."""
    params, this = load_params(), read_night(night)
    incoming = _incoming(windows, encodings)
    decisions.mkdir(parents=True, exist_ok=True)
    if has_previous(previous):
        _edit(incoming, params, this, previous, regions, decisions)
    else:
        _construct(incoming, params, this, regions, decisions)


def _incoming(windows: Path, encodings: Path) -> Memory:
    """Tonight's windows that may train: held-out users' are left out."""
    trainable = np.load(windows / TRAINABLE, allow_pickle=False)
    cut = Windows.load(windows / INCOMING)
    encoded = np.load(encodings / f"{INCOMING}.npy", allow_pickle=False)
    return Memory(cut, encoded, np.full(len(cut), "", dtype=np.str_)).take(trainable)


def _construct(incoming: Memory, params: Params, night: Night, regions: Path, decisions: Path) -> None:
    date = night.date or str(day_of([incoming.windows.label_times.max()])[0])
    built, labels = construct_regions(
        incoming.encodings,
        params=params.regions,
        seed=params.compute.seed,
        snapshot=night.snapshot,
        date=date,
    )
    names = np.array(built.ids, dtype=np.str_)[labels]
    members = Memory(incoming.windows, incoming.encodings, names)
    save_regions(built, regions)
    members.bounded(params.regions.memory_size).save(regions / MEMORY)
    incoming.take(np.zeros(0, dtype=np.int64)).save(regions / POOL)
    edits = construct_edits(built, radius_quantile=params.regions.radius_quantile)
    sources = {item.region: _source_digest(members.of(item.region).windows) for item in edits}
    _write_edits(decisions, edits, RegionSet.empty(built.dim), built, sources, date)


def _edit(
    incoming: Memory, params: Params, night: Night, previous: Path, regions: Path, decisions: Path
) -> None:
    before, memory = load_regions(previous), Memory.load(previous / MEMORY)
    date = night.date or str(day_of([incoming.windows.label_times.max()])[0])
    pool = Memory.load(previous / POOL)
    candidates = joined(pool, incoming)
    result = edit_regions(
        before,
        incoming.encodings,
        memory_encodings=memory.encodings,
        memory_regions=memory.region_ids,
        pool_encodings=pool.encodings,
        params=params.edits,
        radius_quantile=params.regions.radius_quantile,
        snapshot=night.snapshot,
        date=date,
        seed=params.compute.seed,
    )
    given = candidates.take(result.assignments.rows)
    given = Memory(given.windows, given.encodings, result.assignments.region_ids)
    save_regions(result.regions, regions)
    kept = joined(memory.renamed(result.successors, result.regions.ids), given)
    kept.renamed({}, result.regions.ids).bounded(params.regions.memory_size).save(regions / MEMORY)
    candidates.take(result.pool).save(regions / POOL)
    _write_decisions(decisions, candidates, result, before, params)
    given.windows.save(decisions / INCOMING)
    sources = {name: _source_digest(given.of(name).windows) for name in result.regions.ids}
    _write_edits(decisions, result.edits, before, result.regions, sources, date)


def _write_decisions(
    decisions: Path, candidates: Memory, result: NightEdit, before: RegionSet, params: Params
) -> None:
    made, ids = result.decisions, np.array([*before.ids, ""], dtype=object)
    table = {
        "user_id": candidates.windows.user_ids.astype(object),
        "label_time": candidates.windows.label_times,
        "operation": np.array([Operation(code).name.lower() for code in made.operation], dtype=object),
        "region": ids[made.region],
        "runner_up": ids[made.runner_up],
        "angle": made.angle,
        "radius": made.radius,
        "posterior": made.posterior,
        "margin": made.margin,
        "expansion": np.full(len(made), params.edits.expansion),
        "min_posterior_margin": np.full(len(made), params.edits.min_posterior_margin),
    }
    pd.DataFrame(table).to_parquet(decisions / DECISIONS, index=False)
    given = result.assignments
    assignments = {
        "row": given.rows,
        "region": given.region_ids.astype(object),
        "weight": given.weights,
    }
    pd.DataFrame(assignments).to_parquet(decisions / ASSIGNMENTS, index=False)


def _write_edits(
    decisions: Path,
    edits: Iterable[Edit],
    before: RegionSet,
    after: RegionSet,
    sources: dict[str, str],
    date: str,
) -> None:
    lines = [
        canonical(
            {
                "date": date,
                "edit": item.to_document(),
                "center_before": _digest(before, item.region),
                "center_after": _digest(after, item.region),
                "sequences_digest": sources.get(item.region),
            }
        )
        for item in edits
    ]
    (decisions / EDITS).write_text("".join(line + "\n" for line in lines), encoding="utf-8")


def _digest(regions: RegionSet, region: str) -> str | None:
    return region_digest(regions, region) if region in regions.ids else None


def _source_digest(windows: Windows) -> str:
    """Digest of which sequences stand behind an edit: users, label times and labels."""
    columns = (windows.user_ids.tolist(), windows.label_times.tolist(), windows.next_items.tolist())
    return text_digest(json.dumps(columns))


if __name__ == "__main__":
    start(edit)
