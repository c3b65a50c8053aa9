"""One row per method: means over its seeds of what happened over time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from raie.experiments.periods.differences import Difference, Purpose, Seeds
from raie.experiments.periods.reading import PeriodsCell
from raie.experiments.tables.means import Mean, mean_of
from raie.experiments.tables.roles import in_order
from raie.experiments.tables.row import Summary, chosen_of, costs_of


@dataclass(frozen=True)
class PeriodsRow(Summary):
    """A method.

    Attributes
    ----------
    recall, ndcg : Mean
        Of the means over the counted periods.
    retention_before, retention_after : Mean
        Recall@10 on Set-up's held-out windows, before anything was learnt and at the end.
    slope : Mean
        Of that recall per part: least squares over all parts and the time before them.
    by_period : tuple of Mean
        Recall@10 of each counted period.
    differences : tuple of Difference
    """

    recall: Mean
    ndcg: Mean
    retention_before: Mean
    retention_after: Mean
    slope: Mean
    by_period: tuple[Mean, ...]
    differences: tuple[Difference, ...]

    def against(self, purpose: Purpose) -> Difference | None:
        """The difference that serves a purpose; None where there is none, see `compare`."""
        return next((each for each in self.differences if each.purpose == purpose), None)


def by_method(cells: Sequence[PeriodsCell], order: Sequence[str]) -> dict[str, dict[int, PeriodsCell]]:
    """Cells by method, in the order of the table, and seed, ascending."""
    cells = sorted(cells, key=lambda cell: cell.seed)
    methods = in_order((cell.method for cell in cells), order)
    return {method: {cell.seed: cell for cell in cells if cell.method == method} for method in methods}


def row_of(method: str, seeds: Seeds, differences: tuple[Difference, ...]) -> PeriodsRow:
    """Sum up a method."""
    records = [cell.record for cell in seeds.values()]
    n_trials = [len(record.trials) for record in records]
    kept = [[score.recall_at_10 for score in record.retention] for record in records]
    counted = np.array([[period.recall_at_10 for period in record.counted] for record in records])
    return PeriodsRow(
        method=method,
        seeds=tuple(seeds),
        costs=costs_of([record.cost for record in records]),
        chosen=chosen_of({record.seed: record.settings for record in records}),
        n_trials=(min(n_trials), max(n_trials)),
        recall=mean_of(counted.mean(axis=1).tolist()),
        ndcg=mean_of([float(np.mean([each.ndcg_at_10 for each in record.counted])) for record in records]),
        retention_before=mean_of([recalls[0] for recalls in kept]),
        retention_after=mean_of([recalls[-1] for recalls in kept]),
        slope=mean_of([slope_of(recalls) for recalls in kept]),
        by_period=tuple(mean_of(recalls) for recalls in counted.T.tolist()),
        differences=differences,
    )


def slope_of(values: Sequence[float]) -> float:
    """Change of a value from one to the next, by least squares; at least two values."""
    return float(np.polyfit(np.arange(len(values)), values, 1)[0])
