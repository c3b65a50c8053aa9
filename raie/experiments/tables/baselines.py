"""Which baseline is the best, by the seeds that methods share: of cells of any experiment."""

from collections.abc import Callable, Mapping
from typing import TypeVar

import numpy as np

from raie.experiments.tables.roles import is_baseline

Cell = TypeVar("Cell")


def shared_seeds(methods: Mapping[str, Mapping[int, Cell]], method: str, other: str) -> tuple[int, ...]:
    """Seeds of ``method`` that ``other`` has too; none where one of the two is not there."""
    return tuple(seed for seed in methods[method] if seed in methods.get(other, {}))


def best_baseline(
    methods: Mapping[str, Mapping[int, Cell]], method: str, recall: Callable[[Cell], float]
) -> str | None:
    """Other baseline of the highest mean recall over the seeds it shares with ``method``; None without any.

    Parameters
    ----------
    methods : mapping of str to cells by seed
        Among baselines of equal recall the first is the best.
    method : str
    recall : callable
        Of a cell.
    """
    recalls = {
        other: float(np.mean([recall(methods[other][seed]) for seed in shared]))
        for other in methods
        if is_baseline(other) and other != method and (shared := shared_seeds(methods, method, other))
    }
    return max(recalls, key=lambda other: recalls[other], default=None)
