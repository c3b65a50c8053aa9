"""What each edit does to a region set."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from raie.edits.edit import Edit, OperationName
from raie.exceptions import UsageError
from raie.regions.regionset import RegionSet


def apply(regions: RegionSet, edit: Edit, *, snapshot: str, date: str) -> RegionSet:
    """Return the region set after an edit.

    Only the rows of the regions that the edit names change: center, radius, resultant and count of every
    other region keep their bytes. Mixture weights are shares of all counts and may change.

    Parameters
    ----------
    snapshot : str
        Recorded as the birth of a region that the edit creates.
    date : str
        ISO date; becomes `last_seen` where the edit brings sequences.

    Raises
    ------
    UsageError
        If a region to be created exists already, the last region would go, or the edit is one of those
        with which a generation begins: only all of them together lead to a set (`fold`).
    MissingError
        If a region that the edit names does not exist.
    """
    return _APPLY[edit.operation](regions, edit, snapshot, date)


def construct_edits(regions: RegionSet, *, radius_quantile: float) -> tuple[Edit, ...]:
    """Describe a freshly constructed set as edits: their fold over `RegionSet.empty` is that set."""
    return tuple(
        Edit(
            operation="construct",
            region=regions.ids[k],
            parents=(),
            retained=0.0,
            increment=regions.resultants_[k],
            weight=float(regions.counts_[k]),
            radius=float(regions.radii_[k]),
            n_sequences=int(regions.counts_[k]),
            scores={
                "concentration": float(regions.concentrations_[k]),
                "share": float(regions.mixture_weights_[k]),
                "radius_quantile": radius_quantile,
            },
        )
        for k in range(len(regions))
    )


def _create(regions: RegionSet, edit: Edit, snapshot: str, date: str) -> RegionSet:
    if edit.region in regions.ids:
        raise UsageError(f"region '{edit.region}' exists already: replay each edit once, in order")
    return RegionSet.from_statistics(
        ids=(*regions.ids, edit.region),
        parents=(*regions.parents, edit.parents),
        born=(*regions.born, snapshot),
        last_seen=(*regions.last_seen, date),
        next_serial=max(regions.next_serial, _serial(edit.region) + 1),
        resultants=np.vstack([regions.resultants_, edit.increment]),
        counts=np.append(regions.counts_, edit.weight),
        radii=np.append(regions.radii_, edit.radius),
    )


def _absorb(regions: RegionSet, edit: Edit, snapshot: str, date: str) -> RegionSet:
    row = regions.index(edit.region)
    resultants, counts = regions.resultants_.copy(), regions.counts_.copy()
    radii, last_seen = regions.radii_.copy(), list(regions.last_seen)
    resultants[row] = edit.retained * resultants[row] + edit.increment
    counts[row] = edit.retained * counts[row] + edit.weight
    radii[row] = edit.radius
    last_seen[row] = max(last_seen[row], date)
    return RegionSet.from_statistics(
        ids=regions.ids,
        parents=regions.parents,
        born=regions.born,
        last_seen=tuple(last_seen),
        next_serial=regions.next_serial,
        resultants=resultants,
        counts=counts,
        radii=radii,
    )


def _restore(regions: RegionSet, edit: Edit, snapshot: str, date: str) -> RegionSet:
    """The region as the edit has it, in the place of its serial number; one that was gone is seen anew."""
    here = [row for row, name in enumerate(regions.ids) if name == edit.region]
    others = [row for row in range(len(regions)) if row not in here]
    place = sum(_serial(regions.ids[row]) < _serial(edit.region) for row in others)
    seen = regions.last_seen[here[0]] if here else date

    def among(values: Any, own: Any) -> tuple[Any, ...]:
        kept = [values[row] for row in others]
        return (*kept[:place], own, *kept[place:])

    return RegionSet.from_statistics(
        ids=among(regions.ids, edit.region),
        parents=among(regions.parents, edit.parents),
        born=among(regions.born, edit.born or snapshot),
        last_seen=among(regions.last_seen, seen),
        next_serial=max(regions.next_serial, _serial(edit.region) + 1),
        resultants=np.array(among(regions.resultants_, edit.increment)),
        counts=np.array(among(regions.counts_, edit.weight)),
        radii=np.array(among(regions.radii_, edit.radius)),
    )


def _merge(regions: RegionSet, edit: Edit, snapshot: str, date: str) -> RegionSet:
    row, absorbed = regions.index(edit.region), regions.index(edit.parents[0])
    grown = _absorb(regions, edit, snapshot, regions.last_seen[absorbed])
    return _without(grown, absorbed, {row: (*regions.parents[row], *edit.parents)})


def _retire(regions: RegionSet, edit: Edit, snapshot: str, date: str) -> RegionSet:
    return _without(regions, regions.index(edit.region), {})


def _without(regions: RegionSet, gone: int, parents: Mapping[int, tuple[str, ...]]) -> RegionSet:
    kept = [row for row in range(len(regions)) if row != gone]
    if not kept:
        raise UsageError(f"'{regions.ids[gone]}' is the last region: a set must keep one")
    return RegionSet.from_statistics(
        ids=tuple(regions.ids[row] for row in kept),
        parents=tuple(parents.get(row, regions.parents[row]) for row in kept),
        born=tuple(regions.born[row] for row in kept),
        last_seen=tuple(regions.last_seen[row] for row in kept),
        next_serial=regions.next_serial,
        resultants=regions.resultants_[kept],
        counts=regions.counts_[kept],
        radii=regions.radii_[kept],
    )


def _refuse(regions: RegionSet, edit: Edit, snapshot: str, date: str) -> RegionSet:
    raise UsageError(
        f"'{edit.operation}' of {edit.region} is part of a generation's beginning: fold it with the others"
    )


def _serial(region_id: str) -> int:
    return int(region_id.lstrip("r"))


_APPLY: dict[OperationName, Callable[[RegionSet, Edit, str, str], RegionSet]] = {
    "construct": _create,
    "add": _create,
    "update": _absorb,
    "expand": _absorb,
    "reject": _absorb,
    "merge": _merge,
    "retire": _retire,
    "renew": _refuse,
    "end": _refuse,
    "rollback": _restore,
}
