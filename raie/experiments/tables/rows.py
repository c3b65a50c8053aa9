"""The table as numbers: what every way of writing it down starts from."""

from collections.abc import Sequence
from dataclasses import dataclass

from raie.experiments.tables.agreement import check_agreement
from raie.experiments.tables.budget import Budget, Range, budget_of
from raie.experiments.tables.reading import Cell
from raie.experiments.tables.record import PARTS, Protocol
from raie.experiments.tables.row import Row, by_method, rows_of
from raie.experiments.tables.significance import Comparison, compare


@dataclass(frozen=True)
class Table:
    """A comparison on one dataset and backbone.

    Attributes
    ----------
    dataset, backbone : str
    protocol : Protocol
        Of all cells; its numbers of windows are those of its lowest seed.
    windows : dict of str to (int, int)
        Fewest and most windows of a seed, per part and for finetuning.
    rows : tuple of Row
    comparisons : tuple of Comparison
    budget : Budget
    codes : tuple of str
        Commits that made the cells, where they are known.
    seed, n_resamples : int
        Of the bootstrap.
    """

    dataset: str
    backbone: str
    protocol: Protocol
    windows: dict[str, Range]
    rows: tuple[Row, ...]
    comparisons: tuple[Comparison, ...]
    budget: Budget
    codes: tuple[str, ...]
    seed: int
    n_resamples: int


def table_of(
    cells: Sequence[Cell], *, order: Sequence[str] = (), seed: int = 0, n_resamples: int = 2000
) -> Table:
    """Sum up cells: a row per method, and our methods against the others.

    Parameters
    ----------
    cells : sequence of Cell
        Of one dataset, backbone and protocol, in any order.
    order : sequence of str
        Methods in the order of their rows; others follow by name.
    seed, n_resamples : int
        Of the bootstrap.

    Raises
    ------
    UsageError
        If there are no cells, they do not fit together, or have windows of fewer than 2 users.
    """
    check_agreement(cells)
    methods = by_method(cells, order)
    first = min(cells, key=lambda cell: (cell.seed, cell.method)).record
    return Table(
        dataset=first.dataset,
        backbone=first.backbone,
        protocol=first.protocol,
        windows={name: _range(cells, name) for name in ("finetune", *PARTS)},
        rows=rows_of(methods),
        comparisons=compare(methods, seed=seed, n_resamples=n_resamples),
        budget=budget_of(
            {method: [cell.record.cost for cell in seeds.values()] for method, seeds in methods.items()}
        ),
        codes=tuple(sorted({cell.record.code for cell in cells if cell.record.code is not None})),
        seed=seed,
        n_resamples=n_resamples,
    )


def _range(cells: Sequence[Cell], name: str) -> Range:
    counts = [getattr(cell.record.protocol.windows, name) for cell in cells]
    return min(counts), max(counts)
