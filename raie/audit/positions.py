"""Where every region lay on its generation's plane, night by night."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from raie.audit.chronicle import Chronicle, Members
from raie.audit.drift import angles
from raie.audit.lanes import Lane
from raie.audit.plane import Plane, fit_plane
from raie.regions.geometry import FloatArray
from raie.regions.regionset import RegionSet


@dataclass(frozen=True, eq=False)
class Positions:
    """One generation on its plane.

    Attributes
    ----------
    generation : int
    plane : Plane
    places : tuple of int
        First and last place on the axis of time at which it was in force; a rollback may part them.
    paths : dict of int to (N, 2)
        By lane, a position for each of the generation's places; NaN where the region did not live.
    turned : dict of int to (N,)
        By lane, degrees between its center then and on the first of these nights that it lived.
    dots : dict of int to (M, 2)
        By lane, members of the first night; empty where its memory is not at hand.
    """

    generation: int
    plane: Plane
    places: tuple[int, int]
    paths: dict[int, FloatArray]
    turned: dict[int, FloatArray]
    dots: dict[int, FloatArray]


def positions_of(chronicle: Chronicle, lanes: Sequence[Lane]) -> list[Positions]:
    """Positions in every generation, each on a plane that its first snapshot alone decides."""
    in_force, spaces = chronicle.in_force, chronicle.spaces
    numbers, found = {lane.region: lane.number for lane in lanes}, []
    for generation in sorted({space for space in spaces if space is not None}):
        held = [place for place, space in enumerate(spaces) if space == generation]
        sets = [
            chronicle.sets[str(in_force[place])] if place in held else None
            for place in range(held[0], held[-1] + 1)
        ]
        members, first = chronicle.members.get(generation), chronicle.sets[str(in_force[held[0]])]
        plane = fit_plane(first.centers_, first.mixture_weights_, members.encodings if members else None)
        turned, paths = _turned(sets, numbers), _paths(plane, sets, numbers)
        dots = _dots(plane, members, numbers)
        found.append(Positions(generation, plane, (held[0], held[-1]), paths, turned, dots))
    return found


def _paths(plane: Plane, sets: Sequence[RegionSet | None], numbers: dict[str, int]) -> dict[int, FloatArray]:
    paths: dict[int, FloatArray] = {}
    for step, regions in _known(sets):
        for name, position in zip(regions.ids, plane.project(regions.centers_), strict=True):
            paths.setdefault(numbers[name], np.full((len(sets), 2), np.nan))[step] = position
    return paths


def _turned(sets: Sequence[RegionSet | None], numbers: dict[str, int]) -> dict[int, FloatArray]:
    first: dict[str, FloatArray] = {}
    turned: dict[int, FloatArray] = {}
    for step, regions in _known(sets):
        begun = np.array(
            [first.setdefault(*pair) for pair in zip(regions.ids, regions.centers_, strict=True)]
        )
        for name, angle in zip(regions.ids, angles(begun, regions.centers_), strict=True):
            turned.setdefault(numbers[name], np.full(len(sets), np.nan))[step] = np.degrees(angle)
    return turned


def _known(sets: Sequence[RegionSet | None]) -> list[tuple[int, RegionSet]]:
    return [(step, regions) for step, regions in enumerate(sets) if regions is not None]


def _dots(plane: Plane, members: Members | None, numbers: dict[str, int]) -> dict[int, FloatArray]:
    if members is None:
        return {}
    positions, regions = plane.project(members.encodings), members.regions
    return {
        numbers[name]: positions[regions == name] for name in np.unique(regions).tolist() if name in numbers
    }


def shares_of(chronicle: Chronicle, lanes: Sequence[Lane]) -> dict[int, FloatArray]:
    """By lane, the region's share of all weight after each night, (N,); 0 where it did not live."""
    shares = {lane.number: np.zeros(len(chronicle.nights)) for lane in lanes}
    numbers = {lane.region: lane.number for lane in lanes}
    for place, snapshot in enumerate(chronicle.in_force):
        if snapshot is not None:
            regions = chronicle.sets[snapshot]
            for name, share in zip(regions.ids, regions.mixture_weights_, strict=True):
                shares[numbers[name]][place] = share
    return shares
