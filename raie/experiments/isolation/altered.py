"""Parts that went otherwise than they did: a group stayed away, or all of it chose one item."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from raie.exceptions import UsageError
from raie.experiments.isolation.groups import Groups
from raie.experiments.isolation.question import POISONED
from raie.experiments.periods.split import Parts
from raie.sequences.windows import Windows


def without(parts: Parts, groups: Groups, group: int, numbers: Iterable[int]) -> Parts:
    """Take a group out of what is learnt at these parts, counted from 1.

    Raises
    ------
    UsageError
        If nothing is left of a part.
    """

    def rest(windows: Windows) -> Windows:
        others = windows.take(~groups.holds(group, windows))
        if not len(others):
            raise UsageError("a part is of one group alone: take a longer history of events")
        return others

    for number in numbers:
        parts = _learnt(parts, number, rest)
    return parts


def poisoned(parts: Parts, groups: Groups, group: int) -> Parts:
    """Give all that a group chose at part `POISONED` one label: an item hardly anybody wants."""
    item = unwanted(parts.parts[POISONED - 2].learnt)

    def falsified(windows: Windows) -> Windows:
        inside = groups.holds(group, windows)
        if not inside.any():
            raise UsageError(
                f"group {group + 1} is not learnt at part {POISONED}: take a longer history of events"
            )
        labels = np.where(inside, item, windows.next_items).astype(windows.next_items.dtype)
        return replace(windows, next_items=labels)

    return _learnt(parts, POISONED, falsified)


def unwanted(windows: Windows) -> int:
    """Item that comes next in the fewest of the windows, the lowest index of equals."""
    items, counts = np.unique(windows.next_items, return_counts=True)
    return int(items[counts.argmin()])


def _learnt(parts: Parts, number: int, change: Callable[[Windows], Windows]) -> Parts:
    """Change what is learnt at one part; what is scored stays."""
    before = parts.parts
    part = replace(before[number - 1], learnt=change(before[number - 1].learnt))
    return replace(parts, parts=(*before[: number - 1], part, *before[number:]))
