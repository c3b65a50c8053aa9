"""Retire: a region that has received nothing for a stated time."""

from datetime import date as calendar_date

import numpy as np

from raie.edits.edit import Edit
from raie.exceptions import UsageError
from raie.params import EditParams
from raie.regions.regionset import RegionSet


def retire(regions: RegionSet, *, params: EditParams, date: str) -> tuple[Edit, ...]:
    """Edits that retire every region unseen for `retire_after_days`; the last seen one always stays.

    Raises
    ------
    UsageError
        If a date is not ISO (YYYY-MM-DD).
    """
    unseen = [_days(seen, date) for seen in regions.last_seen]
    stays = int(np.argmin(unseen))
    return tuple(
        Edit(
            operation="retire",
            region=regions.ids[row],
            parents=(),
            retained=0.0,
            increment=np.zeros(regions.dim),
            weight=0.0,
            radius=float(regions.radii_[row]),
            n_sequences=0,
            scores={"days_unseen": float(days), "retire_after_days": float(params.retire_after_days)},
        )
        for row, days in enumerate(unseen)
        if days >= params.retire_after_days and row != stays
    )


def _days(since: str, until: str) -> int:
    try:
        return (calendar_date.fromisoformat(until) - calendar_date.fromisoformat(since)).days
    except ValueError as error:
        raise UsageError(f"dates '{since}' and '{until}': write them as YYYY-MM-DD") from error
