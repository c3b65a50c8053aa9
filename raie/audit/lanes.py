"""Lanes: when every region lived, and how it came and went."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from raie.audit.chronicle import Chronicle

LIVE = "live"
_ENDINGS = {"retire": "retired", "end": "ended", "rollback": "rolled back"}


@dataclass(frozen=True)
class Lane:
    """One region's line in the lineage.

    Attributes
    ----------
    region : str
    number : int
        Place in the order of births: the lane, and the colour.
    spans : tuple of (int, int)
        First and last place on the axis of time of each stretch that it lived; a rollback may end one early
        and bring a region back.
    parents : tuple of str
    state : str
        "live" at the last night, or how it ended.
    successor : str or None
        The region that absorbed it.
    """

    region: str
    number: int
    spans: tuple[tuple[int, int], ...]
    parents: tuple[str, ...]
    state: str
    successor: str | None

    @property
    def born(self) -> int:
        """Place of its birth."""
        return self.spans[0][0]


def lanes_of(chronicle: Chronicle) -> list[Lane]:
    """Lane of every region that ever lived, in the order of births."""
    lived: dict[str, list[int]] = {}
    parents: dict[str, tuple[str, ...]] = {}
    for place, snapshot in enumerate(chronicle.in_force):
        regions = chronicle.sets[snapshot] if snapshot is not None else None
        for row, name in enumerate(regions.ids if regions else ()):
            lived.setdefault(name, []).append(place)
            parents.setdefault(name, regions.parents[row] if regions else ())
    endings, last = _endings(chronicle), len(chronicle.nights) - 1
    return [
        Lane(name, number, _spans(places), parents[name], *_end(endings, name, living=places[-1] == last))
        for number, (name, places) in enumerate(lived.items())
    ]


def _end(endings: Mapping[str, tuple[str, str | None]], name: str, *, living: bool) -> tuple[str, str | None]:
    return (LIVE, None) if living else endings.get(name, ("rolled back", None))


def _endings(chronicle: Chronicle) -> dict[str, tuple[str, str | None]]:
    """How each region ended last, and what it went into."""
    found: dict[str, tuple[str, str | None]] = {}
    edits = chronicle.edits
    for operation, region, parents in zip(edits["operation"], edits["region"], edits["parents"], strict=True):
        if operation == "merge":
            found |= dict.fromkeys(parents, ("merged", region))
        elif operation in _ENDINGS:
            found[region] = (_ENDINGS[operation], None)
    return found


def _spans(places: Sequence[int]) -> tuple[tuple[int, int], ...]:
    """Join places into stretches without a gap."""
    spans: list[tuple[int, int]] = []
    for place in places:
        if spans and spans[-1][1] == place - 1:
            spans[-1] = (spans[-1][0], place)
        else:
            spans.append((place, place))
    return tuple(spans)
