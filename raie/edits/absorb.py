"""Update and Expand: one aggregated edit of each per region that received encodings."""

from dataclasses import dataclass

import numpy as np

from raie.edits.decide import Decisions, Operation
from raie.edits.edit import Edit
from raie.edits.evidence import Evidence
from raie.params import EditParams
from raie.regions.construct import member_radius
from raie.regions.geometry import FloatArray, IntArray, angle_between
from raie.regions.regionset import RegionSet


@dataclass(frozen=True, eq=False)
class _Intake:
    """What one region receives: rows of the evidence, and the factor on what it had."""

    region: int
    updates: IntArray
    expands: IntArray
    retained: float


def absorb(
    regions: RegionSet, evidence: Evidence, *, params: EditParams, radius_quantile: float
) -> tuple[Edit, ...]:
    """Edits that let every region take its Update encodings in full and its Expand ones in part.

    The radius grows on Expand alone, to the quantile over the region's memory and tonight's members, each
    weighted by the evidence it stands for; it never shrinks.
    """
    decisions = evidence.decisions
    retained = retained_share(regions, decisions, params=params)
    edits: list[Edit] = []
    for region in np.unique(decisions.region[decisions.operation != Operation.POOL]):
        here = decisions.region == region
        updates = np.flatnonzero(here & (decisions.operation == Operation.UPDATE))
        expands = np.flatnonzero(here & (decisions.operation == Operation.EXPAND))
        intake = _Intake(int(region), updates, expands, retained)
        if updates.size:
            edits.append(_update(regions, evidence, intake, params))
        if expands.size:
            edits.append(_expand(regions, evidence, intake, params, radius_quantile))
    return tuple(edits)


def retained_share(regions: RegionSet, decisions: Decisions, *, params: EditParams) -> float:
    """Factor on the earlier evidence of every region that is touched tonight.

    1 while all K regions together hold at most K `max_count`; past that, what makes room for the night. One
    factor for all of them, so that a common taste keeps more evidence than a rare one.
    """
    taken = float(np.sum(decisions.operation == Operation.UPDATE))
    taken += params.expand_weight * float(np.sum(decisions.operation == Operation.EXPAND))
    room = params.max_count * len(regions) - taken
    return float(np.clip(room / regions.counts_.sum(), 0.0, 1.0))


def _update(regions: RegionSet, evidence: Evidence, intake: _Intake, params: EditParams) -> Edit:
    before, increment = regions.resultants_[intake.region], evidence.rows[intake.updates].sum(axis=0)
    return Edit(
        operation="update",
        region=regions.ids[intake.region],
        parents=(),
        retained=intake.retained,
        increment=increment,
        weight=float(intake.updates.size),
        radius=float(regions.radii_[intake.region]),
        n_sequences=intake.updates.size,
        scores=_scores(evidence, intake.updates, (before, intake.retained * before + increment), params),
    )


def _expand(
    regions: RegionSet, evidence: Evidence, intake: _Intake, params: EditParams, radius_quantile: float
) -> Edit:
    updated = intake.retained * regions.resultants_[intake.region] + evidence.rows[intake.updates].sum(axis=0)
    increment = params.expand_weight * evidence.rows[intake.expands].sum(axis=0)
    after, radius = updated + increment, float(regions.radii_[intake.region])
    members, weights = _weighted_members(regions, evidence, intake, params)
    quantile = member_radius(members, after, radius_quantile=radius_quantile, weights=weights)
    before = updated if intake.updates.size else regions.resultants_[intake.region]
    scores = _scores(evidence, intake.expands, (before, after), params)
    return Edit(
        operation="expand",
        region=regions.ids[intake.region],
        parents=(),
        retained=1.0 if intake.updates.size else intake.retained,
        increment=increment,
        weight=params.expand_weight * intake.expands.size,
        radius=max(radius, quantile),
        n_sequences=intake.expands.size,
        scores={**scores, "radius_before": radius, "expansion": params.expansion},
    )


def _weighted_members(
    regions: RegionSet, evidence: Evidence, intake: _Intake, params: EditParams
) -> tuple[FloatArray, FloatArray]:
    memory = evidence.memory[evidence.memory_regions == intake.region]
    past = intake.retained * regions.counts_[intake.region] / max(len(memory), 1)
    members = np.concatenate([memory, evidence.rows[intake.updates], evidence.rows[intake.expands]])
    sizes = [len(memory), intake.updates.size, intake.expands.size]
    return members, np.repeat([past, 1.0, params.expand_weight], sizes)


def _scores(
    evidence: Evidence, rows: IntArray, resultants: tuple[FloatArray, FloatArray], params: EditParams
) -> dict[str, float]:
    decisions = evidence.decisions
    before, after = (resultant / np.linalg.norm(resultant) for resultant in resultants)
    return {
        "share": rows.size / len(decisions),
        "mean_angle": float(decisions.angle[rows].mean()),
        "mean_margin": float(decisions.margin[rows].mean()),
        "min_posterior_margin": params.min_posterior_margin,
        "angle_moved": angle_between(before, after),
    }
