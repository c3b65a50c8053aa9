"""The table over time as numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from raie.exceptions import UsageError
from raie.experiments.periods.differences import compare
from raie.experiments.periods.reading import PeriodsCell
from raie.experiments.periods.record import PeriodsProtocol
from raie.experiments.periods.row import PeriodsRow, by_method, row_of
from raie.experiments.tables.budget import Budget, budget_of


@dataclass(frozen=True)
class PeriodsTable:
    """A comparison over time on one dataset and backbone.

    Attributes
    ----------
    dataset, backbone : str
    protocol : PeriodsProtocol
    rows : tuple of PeriodsRow
    budget : Budget
        Of a method for all parts.
    codes : tuple of str
        Commits that made the cells, where they are known.
    seed, n_resamples : int
        Of the bootstrap.
    """

    dataset: str
    backbone: str
    protocol: PeriodsProtocol
    rows: tuple[PeriodsRow, ...]
    budget: Budget
    codes: tuple[str, ...]
    seed: int
    n_resamples: int


def periods_table_of(
    cells: Sequence[PeriodsCell], *, order: Sequence[str] = (), seed: int = 0, n_resamples: int = 2000
) -> PeriodsTable:
    """Sum up cells of one question: a row per method.

    Parameters
    ----------
    cells : sequence of PeriodsCell
    order : sequence of str
        Methods in the order of their rows; others follow by name.
    seed, n_resamples : int
        Of the bootstrap.

    Raises
    ------
    UsageError
        If there are no cells, or they are of different questions or were scored on different windows.
    """
    _check(cells)
    methods, first = by_method(cells, order), cells[0].record
    return PeriodsTable(
        dataset=first.dataset,
        backbone=first.backbone,
        protocol=first.protocol,
        rows=tuple(
            row_of(method, seeds, compare(methods, method, seed=seed, n_resamples=n_resamples))
            for method, seeds in methods.items()
        ),
        budget=budget_of(
            {method: [cell.record.cost for cell in seeds.values()] for method, seeds in methods.items()}
        ),
        codes=tuple(sorted({cell.record.code for cell in cells if cell.record.code is not None})),
        seed=seed,
        n_resamples=n_resamples,
    )


def _check(cells: Sequence[PeriodsCell]) -> None:
    if not cells:
        raise UsageError("0 cells make no table: run an experiment first")
    first = cells[0]
    for cell in cells:
        # who is scored depends on no seed
        same = (
            cell.record.question == first.record.question
            and np.array_equal(cell.windows.part, first.windows.part)
            and np.array_equal(cell.windows.user_id, first.windows.user_id)
        )
        if not same:
            raise UsageError(
                f"{cell.method} of seed {cell.seed} was scored on other windows than {first.method} of seed "
                f"{first.seed}: run them again"
            )
