"""The fold: a region set is the result of its edits in order, and of nothing else."""

from collections.abc import Iterable, Sequence
from itertools import groupby

import numpy as np

from raie.edits.apply import apply
from raie.edits.edit import Edit
from raie.exceptions import UsageError
from raie.regions.regionset import RegionSet

_BEGINNING = ("construct", "renew", "end")


def fold(regions: RegionSet, edits: Iterable[Edit], *, snapshot: str, date: str) -> RegionSet:
    """Apply the edits of one snapshot in order: how the ledger's entries give its region set.

    Edits with which a generation begins are applied all at once: the sets before and after them lie in
    spaces that may differ even in dimension, so that no set holds regions of both.

    Raises
    ------
    UsageError
        If a generation's beginning leaves open what becomes of a region, or takes an id that was used.
    MissingError
        If a region that an edit names does not exist.
    """
    for beginning, run in groupby(edits, key=lambda edit: edit.operation in _BEGINNING):
        if beginning:
            regions = _begin(regions, tuple(run), snapshot, date)
        else:
            for edit in run:
                regions = apply(regions, edit, snapshot=snapshot, date=date)
    return regions


def _begin(before: RegionSet, edits: Sequence[Edit], snapshot: str, date: str) -> RegionSet:
    """A generation from nothing but its edits; a renewed region brings its birth and its parents along."""
    begun = [edit for edit in edits if edit.operation != "end"]
    _refuse_gaps(before, edits, begun)
    rows = [before.ids.index(edit.region) if edit.operation == "renew" else None for edit in begun]
    parents = [() if row is None else before.parents[row] for row in rows]
    return RegionSet.from_statistics(
        ids=tuple(edit.region for edit in begun),
        parents=tuple(
            tuple(dict.fromkeys((*kept, *edit.parents))) for kept, edit in zip(parents, begun, strict=True)
        ),
        born=tuple(snapshot if row is None else before.born[row] for row in rows),
        last_seen=(date,) * len(begun),
        next_serial=max(before.next_serial, *(_serial(edit) + 1 for edit in begun)),
        resultants=np.array([edit.increment for edit in begun]),
        counts=np.array([edit.weight for edit in begun]),
        radii=np.array([edit.radius for edit in begun]),
    )


def _refuse_gaps(before: RegionSet, edits: Sequence[Edit], begun: Sequence[Edit]) -> None:
    if not begun:
        raise UsageError("a generation begins without regions: a set must keep one")
    settled = [edit.region for edit in edits if edit.operation != "construct"]
    if sorted(settled) != sorted(before.ids):
        raise UsageError(
            f"a generation settles {', '.join(settled) or 'none'} of the regions {', '.join(before.ids)}: "
            "each must be renewed or end, once"
        )
    for edit in begun:
        if edit.operation == "construct" and _serial(edit) < before.next_serial:
            raise UsageError(f"region '{edit.region}' exists already: replay each edit once, in order")


def _serial(edit: Edit) -> int:
    return int(edit.region.lstrip("r"))
