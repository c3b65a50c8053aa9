"""Rollback: regions are again what they were at an earlier snapshot of the same generation."""

import numpy as np

from raie.edits.edit import Edit
from raie.regions.geometry import angle_between
from raie.regions.regionset import RegionSet


def restore_edits(
    before: RegionSet, target: RegionSet, *, restored_from: str, region: str | None = None
) -> tuple[Edit, ...]:
    """Edits that bring regions back: their fold over `before` holds them with every byte of `target`.

    Ids, parents, births, resultants, counts and radii are the target's. Two things stay with `before`: the
    serial number of the next new region, because ids are never used twice, and when a living region was last
    seen. A region that was gone is seen on the day it comes back, or it would retire the night after.

    Parameters
    ----------
    before : RegionSet
        The newest regions.
    target : RegionSet
        Those of the earlier snapshot.
    restored_from : str
        Id of that snapshot.
    region : str or None
        The one to bring back, all others staying as they are; None: all of the target, and regions that it
        does not have retire.

    Raises
    ------
    MissingError
        If the target does not hold the region.
    """
    if region is not None:
        return (_rollback(before, target, target.index(region), restored_from),)
    back = [_rollback(before, target, row, restored_from) for row in range(len(target))]
    gone = [row for row, name in enumerate(before.ids) if name not in target.ids]
    # first what comes back: a set must never be empty
    return (*back, *(_retire(before, row, restored_from) for row in gone))


def _rollback(before: RegionSet, target: RegionSet, row: int, restored_from: str) -> Edit:
    name = target.ids[row]
    return Edit(
        operation="rollback",
        region=name,
        parents=target.parents[row],
        retained=0.0,
        increment=target.resultants_[row],
        weight=float(target.counts_[row]),
        radius=float(target.radii_[row]),
        n_sequences=0,
        scores=_compared(before, target, row) if name in before.ids else {},
        restored_from=restored_from,
        born=target.born[row],
    )


def _compared(before: RegionSet, target: RegionSet, row: int) -> dict[str, float]:
    was = before.index(target.ids[row])
    return {
        "angle_moved": angle_between(before.centers_[was], target.centers_[row]),
        "radius_before": float(before.radii_[was]),
        "count_before": float(before.counts_[was]),
    }


def _retire(before: RegionSet, row: int, restored_from: str) -> Edit:
    return Edit(
        operation="retire",
        region=before.ids[row],
        parents=(),
        retained=0.0,
        increment=np.zeros(before.dim),
        weight=0.0,
        radius=float(before.radii_[row]),
        n_sequences=0,
        restored_from=restored_from,
    )
