"""The table over time as numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from raie.exceptions import UsageError
from raie.experiments.periods.question import N_TUNING
from raie.experiments.periods.reading import PeriodsCell
from raie.experiments.periods.record import PeriodsProtocol, scored_part
from raie.experiments.periods.row import Difference, PeriodsRow, Seeds, by_method, row_of
from raie.experiments.tables.budget import Budget, budget_of
from raie.experiments.tables.ranks import RankedWindows
from raie.experiments.tables.significance import differences_of

LORA = "lora"


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

    def difference(method: str, reference: str | None) -> Difference | None:
        return _difference(methods, method, reference, seed=seed, n_resamples=n_resamples)

    return PeriodsTable(
        dataset=first.dataset,
        backbone=first.backbone,
        protocol=first.protocol,
        rows=tuple(
            row_of(method, seeds, difference(method, LORA), difference(method, best_other(methods, method)))
            for method, seeds in methods.items()
        ),
        budget=budget_of(
            {method: [cell.record.cost for cell in seeds.values()] for method, seeds in methods.items()}
        ),
        codes=tuple(sorted({cell.record.code for cell in cells if cell.record.code is not None})),
        seed=seed,
        n_resamples=n_resamples,
    )


def best_other(methods: Mapping[str, Seeds], method: str) -> str | None:
    """Other method of the highest mean recall over the seeds it shares with ``method``; None without any."""
    recalls = {
        other: np.mean([_recall(methods[other][seed]) for seed in shared])
        for other in methods
        if other != method and (shared := _shared(methods, method, other))
    }
    return max(recalls, key=lambda other: float(recalls[other]), default=None)


def _difference(
    methods: Mapping[str, Seeds], method: str, reference: str | None, *, seed: int, n_resamples: int
) -> Difference | None:
    if reference is None or reference == method or not _shared(methods, method, reference):
        return None
    seeds = _shared(methods, method, reference)
    first, second = ([_counted(methods[name][each]) for each in seeds] for name in (method, reference))
    recall, ndcg = differences_of(first, second, seed=seed, n_resamples=n_resamples)
    return Difference(reference, seeds, recall, ndcg)


def _shared(methods: Mapping[str, Seeds], method: str, other: str) -> tuple[int, ...]:
    return tuple(seed for seed in methods[method] if seed in methods.get(other, {}))


def _recall(cell: PeriodsCell) -> float:
    return float(np.mean([period.recall_at_10 for period in cell.record.counted]))


def _counted(cell: PeriodsCell) -> RankedWindows:
    """Windows of the counted periods, one period after the other."""
    numbers = range(N_TUNING + 1, len(cell.record.periods) + 1)
    inside = np.isin(cell.windows.part.astype(np.str_), [scored_part(number) for number in numbers])
    return RankedWindows(cell.windows.part[inside], cell.windows.user_id[inside], cell.windows.rank[inside])


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
