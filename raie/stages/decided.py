"""What a person decided: regions as they were at an earlier snapshot, windows of erased users gone."""

import numpy as np

from raie.edits.edit import Edit
from raie.edits.night import unedited
from raie.edits.restore import restore_edits
from raie.encodings.memory import joined
from raie.snapshots.geometry import load_regions
from raie.stages.artefacts import INCOMING
from raie.stages.decisions import write_decisions, write_edits
from raie.stages.editrun import EditRun, State


def restore(run: EditRun) -> None:
    """Bring back all regions of an earlier snapshot with what they remember, or one of them."""
    now, then = State.load(run.previous, ()), State.load(run.restored, ())
    region = run.night.restored_region
    edits = _back(run, now, then, region)
    regions = run.fold(now.regions, edits)
    if region is None:
        _settle(run, then.become(regions), edits)
    else:
        others = now.memory.take(now.memory.region_ids != region)
        memory = joined(others, then.memory.of(region)).bounded(run.params.regions.memory_size)
        _settle(run, State(regions, memory, now.pool, now.datastore.restored(region, then.datastore)), edits)


def erase(run: EditRun) -> None:
    """Drop erased users' windows from what is remembered; no region had a part in them."""
    _settle(run, State.load(run.previous, run.night.erasure), ())


def start_over(run: EditRun) -> tuple[State, tuple[Edit, ...]]:
    """The state of the earlier snapshot from which an erasure edits anew, and the edits that lead to it."""
    now, then = (State.load(folder, run.night.erasure) for folder in (run.previous, run.restored))
    edits = _back(run, now, then, None)
    return then.become(run.fold(now.regions, edits)), edits


def _back(run: EditRun, now: State, then: State, region: str | None) -> tuple[Edit, ...]:
    return restore_edits(now.regions, then.regions, restored_from=str(run.night.restored), region=region)


def _settle(run: EditRun, after: State, edits: tuple[Edit, ...]) -> None:
    """Write a state to which no sequence contributed."""
    before, nobody = load_regions(run.previous), after.memory.take(np.zeros(0, dtype=np.int64))
    after.save(run.regions)
    result = unedited(after.regions, edits, params=run.params.edits)
    write_decisions(run.decisions, nobody.windows, result, before, run.params.edits)
    nobody.save(run.decisions / INCOMING)
    write_edits(run.decisions, edits, before, after.regions, nobody, run.date)
