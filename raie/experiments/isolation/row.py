"""One row per variant: means over its seeds of what was kept apart."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from raie.experiments.isolation.record import IsolationRecord
from raie.experiments.tables.means import Mean, mean_of
from raie.experiments.tables.roles import in_order
from raie.experiments.tables.row import Summary, chosen_of, costs_of

Seeds = Mapping[int, IsolationRecord]
"""Cells of one variant."""
Value = Callable[[IsolationRecord], float | None]


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))


VALUES: dict[str, Value] = {
    "before": lambda cell: _mean([each.before for each in cell.returns]),
    "stayed": lambda cell: _mean([each.stayed for each in cell.returns]),
    "returned": lambda cell: _mean([each.returned for each in cell.returns]),
    "absence_loss": lambda cell: _mean([each.loss for each in cell.returns]),
    "poison_loss_group": lambda cell: cell.poison.clean_group - cell.poison.group_recall,
    "poison_loss_others": lambda cell: cell.poison.clean_others - cell.poison.others_recall,
    "lists_changed": lambda cell: cell.poison.lists_changed,
    "received": lambda cell: cell.rollback.received,
    "inside_changed": lambda cell: cell.rollback.inside_changed,
    "outside_changed": lambda cell: cell.rollback.outside_changed,
    "others_changed": lambda cell: cell.rollback.others_changed,
    "rollback_loss_group": lambda cell: cell.poison.clean_group - cell.rollback.group_recall,
    "rollback_loss_others": lambda cell: cell.poison.clean_others - cell.rollback.others_recall,
    "trained_parameters": lambda cell: _mean([each.trained_parameters for each in cell.moved]),
    "regions_received": lambda cell: _mean([each.received for each in cell.moved]),
    "regions_changed": lambda cell: _mean([each.changed for each in cell.moved]),
}
"""Numbers of a cell by name; a loss is Recall@10 of the usual run minus that of the other."""


@dataclass(frozen=True)
class IsolationRow(Summary):
    """A variant.

    Attributes
    ----------
    means : dict of str to Mean or None
        Of `VALUES`; None where a seed has no such window.
    against_lora : dict of str to Mean
        The variant minus ``lora``, seed by seed over those that both have; empty without any.
    """

    means: dict[str, Mean | None]
    against_lora: dict[str, Mean]


def by_variant(cells: Sequence[IsolationRecord], order: Sequence[str]) -> dict[str, Seeds]:
    """Cells by variant, in the order of the table, and seed, ascending."""
    cells = sorted(cells, key=lambda cell: cell.seed)
    names = in_order((cell.method for cell in cells), order)
    return {name: {cell.seed: cell for cell in cells if cell.method == name} for name in names}


def row_of(name: str, seeds: Seeds, lora: Seeds) -> IsolationRow:
    """Sum up a variant; ``lora`` is empty where there is nothing to subtract."""
    cells = list(seeds.values())
    n_trials = [cell.n_trials for cell in cells]
    pairs = [(cell, lora[seed]) for seed, cell in seeds.items() if seed in lora]
    differences = {
        key: _over([_difference(value(cell), value(other)) for cell, other in pairs])
        for key, value in VALUES.items()
    }
    return IsolationRow(
        method=name,
        seeds=tuple(seeds),
        costs=costs_of([cell.cost for cell in cells]),
        chosen=chosen_of({cell.seed: cell.settings for cell in cells}),
        n_trials=(min(n_trials), max(n_trials)),
        means={key: _over([value(cell) for cell in cells]) for key, value in VALUES.items()},
        against_lora={key: mean for key, mean in differences.items() if mean is not None},
    )


def _difference(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


def _over(values: Sequence[float | None]) -> Mean | None:
    known = [value for value in values if value is not None]
    return mean_of(known) if known and len(known) == len(values) else None
