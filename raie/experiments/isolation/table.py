"""The table on isolation as numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from raie.exceptions import UsageError
from raie.experiments.isolation.record import IsolationRecord
from raie.experiments.isolation.row import IsolationRow, by_variant, row_of
from raie.experiments.periods.record import PeriodsProtocol
from raie.experiments.tables.budget import Budget, budget_of
from raie.experiments.tables.roles import LORA


@dataclass(frozen=True)
class IsolationTable:
    """A comparison of what is kept apart, on one dataset and backbone.

    Attributes
    ----------
    dataset, backbone : str
    protocol : PeriodsProtocol
    n_groups, n_returning : int
        Groups, and how many of them left and came back.
    rows : tuple of IsolationRow
    budget : Budget
        Of the usual run.
    codes : tuple of str
        Commits that made the cells, where they are known.
    """

    dataset: str
    backbone: str
    protocol: PeriodsProtocol
    n_groups: int
    n_returning: int
    rows: tuple[IsolationRow, ...]
    budget: Budget
    codes: tuple[str, ...]


def isolation_table_of(cells: Sequence[IsolationRecord], *, order: Sequence[str] = ()) -> IsolationTable:
    """Sum up cells of one question: a row per variant.

    Parameters
    ----------
    cells : sequence of IsolationRecord
    order : sequence of str
        Variants in the order of their rows; others follow by name.

    Raises
    ------
    UsageError
        If there are no cells, they are of different questions, or variants were asked about other windows.
    """
    _check(cells)
    variants, first = by_variant(cells, order), cells[0]
    lora = variants.get(LORA, {})
    return IsolationTable(
        dataset=first.dataset,
        backbone=first.backbone,
        protocol=first.protocol,
        n_groups=first.n_groups,
        n_returning=len(first.returns),
        rows=tuple(row_of(name, seeds, {} if name == LORA else lora) for name, seeds in variants.items()),
        budget=budget_of({name: [cell.cost for cell in seeds.values()] for name, seeds in variants.items()}),
        codes=tuple(sorted({cell.code for cell in cells if cell.code is not None})),
    )


def _check(cells: Sequence[IsolationRecord]) -> None:
    if not cells:
        raise UsageError("0 cells make no table: run an experiment first")
    of_seed: dict[int, IsolationRecord] = {}
    for cell in cells:
        first = of_seed.setdefault(cell.seed, cell)
        if cell.question != cells[0].question or _windows(cell) != _windows(first):
            raise UsageError(
                f"{cell.method} of seed {cell.seed} was asked about other windows than {first.method}: "
                "run them again"
            )


def _windows(cell: IsolationRecord) -> list[int]:
    """How many windows each number is of: the same for all variants of a seed."""
    poison = cell.poison
    returns = [count for each in cell.returns for count in (each.scored, each.absent)]
    return [*returns, poison.poisoned, poison.group, poison.others]
