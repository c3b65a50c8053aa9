"""Regions as RAIE edits them from one lot of windows to the next, with what an edit is judged by."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from raie.edits.apply import apply
from raie.edits.night import edit_regions
from raie.edits.restore import restore_edits
from raie.encodings.memory import Memory, joined
from raie.params import EditParams, RegionParams
from raie.regions.construct import construct_regions
from raie.regions.regionset import RegionSet
from raie.sequences.windows import Windows

SNAPSHOT, DATE = "genesis", "2000-01-01"
"""Recorded in a region set that nobody keeps."""


@dataclass(frozen=True, eq=False)
class Edited:
    """A region set, samples of what its regions received, and what waits in the pool."""

    regions: RegionSet
    memory: Memory
    pool: Memory


def constructed(windows: Windows, encodings: np.ndarray, *, n_regions: int, seed: int) -> Edited:
    """Cut windows with encodings, (N, d), into regions."""
    params = RegionParams(n_regions=n_regions)
    regions, labels = construct_regions(encodings, params=params, seed=seed, snapshot=SNAPSHOT, date=DATE)
    members = Memory(windows, encodings, np.array(regions.ids, dtype=np.str_)[labels])
    return Edited(regions, members.bounded(params.memory_size), members.take(np.zeros(0, dtype=np.int64)))


def edited(
    state: Edited, windows: Windows, encodings: np.ndarray, *, params: EditParams, seed: int
) -> Edited:
    """Edit by windows with encodings, (N, d), as the stage edit does on a night."""
    bounds = RegionParams()
    incoming = Memory(windows, encodings, np.full(len(windows), "", dtype=np.str_))
    night = edit_regions(
        state.regions,
        encodings,
        memory_encodings=state.memory.encodings,
        memory_regions=state.memory.region_ids,
        pool_encodings=state.pool.encodings,
        params=params,
        radius_quantile=bounds.radius_quantile,
        snapshot=SNAPSHOT,
        date=DATE,
        seed=seed,
    )
    candidates = joined(state.pool, incoming)
    given = candidates.take(night.assignments.rows)
    given = Memory(given.windows, given.encodings, night.assignments.region_ids)
    kept = joined(state.memory, given).renamed(night.successors, night.regions.ids)
    return Edited(night.regions, kept.bounded(bounds.memory_size), candidates.take(night.pool))


def restored(state: Edited, former: Edited, region: str) -> Edited:
    """One region as it was in ``former``, every other with every byte it has; the pool stays."""
    (edit,) = restore_edits(state.regions, former.regions, restored_from=SNAPSHOT, region=region)
    others = state.memory.take(state.memory.region_ids != region)
    regions = apply(state.regions, edit, snapshot=SNAPSHOT, date=DATE)
    return Edited(regions, joined(others, former.memory.of(region)), state.pool)


def carried(fresh: Tensor, regions: RegionSet, former: Tensor, before: RegionSet) -> Tensor:
    """Rows that adapters of ``regions`` go on from, (K, P): its own, else a parent's, else the fresh one.

    Parameters
    ----------
    fresh : (K, P) float32
    former : (K', P) float32
        Of the regions ``before``.
    """

    def row(place: int) -> Tensor:
        known = [name for name in (regions.ids[place], *regions.parents[place]) if name in before.ids]
        return former[before.index(known[0])] if known else fresh[place]

    return torch.stack([row(place) for place in range(len(regions))])
