"""One night: the incoming encodings edit the region set."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raie.edits.absorb import absorb
from raie.edits.decide import Decisions, Operation, decide
from raie.edits.edit import Edit
from raie.edits.evidence import Evidence, gather
from raie.edits.fold import fold
from raie.edits.merge import merge
from raie.edits.propose import Proposals, propose
from raie.edits.retire import retire
from raie.params import EditParams
from raie.regions.geometry import FloatArray, IntArray
from raie.regions.regionset import RegionSet


@dataclass(frozen=True, eq=False)
class Assignments:
    """Which encodings train which region; sorted by row.

    Attributes
    ----------
    rows : (n,) int64
        Into pool ++ incoming; an ambiguous encoding stands twice, one that stays in the pool never.
    region_ids : (n,) str
        Regions of the set after the night.
    weights : (n,) float64
        In (0, 1].
    """

    rows: IntArray
    region_ids: NDArray[np.str_]
    weights: FloatArray


@dataclass(frozen=True, eq=False)
class NightEdit:
    """What one night did.

    Attributes
    ----------
    regions : RegionSet
        The fold of `edits` over the set before the night.
    edits : tuple of Edit
        In the order they apply: update and expand, add and reject, merge, retire.
    decisions : Decisions
        For pool ++ incoming, against the set before the night.
    assignments : Assignments
    pool : (n,) int64
        Rows of pool ++ incoming that are the pool from now on.
    successors : dict of str to str
        For each region merged away, the region its memory and adapter data go to.
    """

    regions: RegionSet
    edits: tuple[Edit, ...]
    decisions: Decisions
    assignments: Assignments
    pool: IntArray
    successors: dict[str, str]


def edit_regions(
    regions: RegionSet,
    encodings: NDArray[Any],
    *,
    memory_encodings: NDArray[Any],
    memory_regions: NDArray[np.str_],
    pool_encodings: NDArray[Any],
    params: EditParams,
    radius_quantile: float,
    snapshot: str,
    date: str,
    seed: int,
) -> NightEdit:
    """Decide for every encoding, then Update, Expand, Add, Merge and Retire.

    Parameters
    ----------
    encodings : (n, d) floats, unit rows
        The night's; may be empty.
    memory_encodings, memory_regions : (m, d) floats, (m,) str
        Bounded fair samples of what each region was assigned before, and its id.
    pool_encodings : (p, d) floats
        What earlier nights left in the pool.
    snapshot, date : str
        The snapshot being made, and its ISO date.

    Raises
    ------
    UsageError
        If rows are not unit vectors, inputs do not fit together or a date is not ISO.
    MissingError
        If a memory names a region that is not in the set.
    """
    evidence = gather(
        regions,
        encodings,
        memory_encodings=memory_encodings,
        memory_regions=memory_regions,
        pool_encodings=pool_encodings,
        params=params,
    )
    absorbed = absorb(regions, evidence, params=params, radius_quantile=radius_quantile)
    after = fold(regions, absorbed, snapshot=snapshot, date=date)
    proposals = propose(
        np.flatnonzero(evidence.decisions.operation == Operation.POOL),
        after,
        evidence,
        params=params,
        radius_quantile=radius_quantile,
        seed=seed,
    )
    after = fold(after, proposals.edits, snapshot=snapshot, date=date)
    merges = merge(after, params=params, snapshot=snapshot, date=date)
    after = fold(after, merges, snapshot=snapshot, date=date)
    retirements = retire(after, params=params, date=date)
    successors = _successors(merges)
    return NightEdit(
        regions=fold(after, retirements, snapshot=snapshot, date=date),
        edits=(*absorbed, *proposals.edits, *merges, *retirements),
        decisions=evidence.decisions,
        assignments=_assignments(regions, evidence, proposals, successors, params),
        pool=proposals.pooled,
        successors=successors,
    )


def unedited(regions: RegionSet, edits: tuple[Edit, ...], *, params: EditParams) -> NightEdit:
    """A run to which no encoding contributed: its region set and the edits that led there."""
    none = np.zeros(0, dtype=np.int64)
    return NightEdit(
        regions=regions,
        edits=edits,
        decisions=decide(np.zeros((0, regions.dim)), regions, params=params),
        assignments=Assignments(none, np.zeros(0, dtype=np.str_), np.zeros(0)),
        pool=none,
        successors={},
    )


def _successors(merges: tuple[Edit, ...]) -> dict[str, str]:
    successors: dict[str, str] = {}
    for edit in merges:
        for old, new in successors.items():
            successors[old] = edit.region if new in edit.parents else new
        successors[edit.parents[0]] = edit.region
    return successors


def _assignments(
    regions: RegionSet,
    evidence: Evidence,
    proposals: Proposals,
    successors: dict[str, str],
    params: EditParams,
) -> Assignments:
    decisions = evidence.decisions
    ids = np.array(regions.ids, dtype=np.str_)
    parts = [
        (rows := np.flatnonzero(decisions.train_weights[:, place] > 0), ids[homes[rows]],
         decisions.train_weights[rows, place])
        for place, homes in enumerate((decisions.region, decisions.runner_up))
    ]  # fmt: skip
    back = proposals.fallen_back
    parts.append((back, ids[decisions.region[back]], np.full(back.size, params.expand_weight)))
    for region, rows in proposals.joined.items():
        parts.append((rows, np.full(rows.size, region), np.ones(rows.size)))
    rows, names, weights = (np.concatenate(column) for column in zip(*parts, strict=True))
    names = np.array([successors.get(name, name) for name in names.tolist()], dtype=np.str_)
    order = np.argsort(rows, kind="stable")
    return Assignments(rows[order], names[order], weights[order])
