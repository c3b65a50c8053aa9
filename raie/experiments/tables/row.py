"""One row per method: means over its seeds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from raie.experiments.tables.means import Mean, mean_of
from raie.experiments.tables.reading import Cell
from raie.experiments.tables.record import Cost, Part, Setting
from raie.experiments.tables.roles import FROZEN, in_order
from raie.metrics.continual import harmonic_mean

Seeds = Mapping[int, Cell]
"""Cells of one method."""


@dataclass(frozen=True)
class Quality:
    """Recall@10 and NDCG@10 of one part."""

    recall: Mean
    ndcg: Mean


@dataclass(frozen=True)
class Costs:
    """Means over seeds of `raie.experiments.tables.record.Cost`; memory None where a cell's is unknown."""

    seconds: float
    steps: float
    examples: float
    trained_parameters: float
    peak_memory_bytes: float | None
    tuning_seconds: float


@dataclass(frozen=True)
class Chosen:
    """Settings that tuning chose, and the seeds for which it chose them."""

    settings: dict[str, Setting]
    seeds: tuple[int, ...]


@dataclass(frozen=True)
class Summary:
    """What a row of any table tells of a method.

    Attributes
    ----------
    method : str
    seeds : tuple of int
    costs : Costs
    chosen : tuple of Chosen
        One where all seeds have the same settings.
    n_trials : (int, int)
        Fewest and most trials of a seed.
    """

    method: str
    seeds: tuple[int, ...]
    costs: Costs
    chosen: tuple[Chosen, ...]
    n_trials: tuple[int, int]


@dataclass(frozen=True)
class Row(Summary):
    """A method of the one-split experiment.

    Attributes
    ----------
    setup_seen, setup_heldout, test, test_new : Quality
    forgetting : Mean or None
        Recall@10 on setup_heldout of ``frozen`` minus the method's, seed by seed: positive is forgotten.
        None where no seed has both.
    harmonic : Mean
        Harmonic mean of Recall@10 on setup_heldout and test, seed by seed.
    """

    setup_seen: Quality
    setup_heldout: Quality
    test: Quality
    test_new: Quality
    forgetting: Mean | None
    harmonic: Mean


def by_method(cells: Iterable[Cell], order: Sequence[str]) -> dict[str, dict[int, Cell]]:
    """Cells by method, in the order of the table, and seed, ascending."""
    cells = sorted(cells, key=lambda cell: cell.seed)
    methods = in_order((cell.method for cell in cells), order)
    return {method: {cell.seed: cell for cell in cells if cell.method == method} for method in methods}


def rows_of(methods: Mapping[str, Seeds]) -> tuple[Row, ...]:
    """Sum up every method."""
    frozen = methods.get(FROZEN, {})
    return tuple(_row(method, seeds, frozen) for method, seeds in methods.items())


def _row(method: str, seeds: Seeds, frozen: Seeds) -> Row:
    cells = list(seeds.values())
    n_trials = [len(cell.record.trials) for cell in cells]
    pairs = [(cell.record.scores.setup_heldout, cell.record.scores.test) for cell in cells]
    return Row(
        method=method,
        seeds=tuple(seeds),
        setup_seen=_quality(cells, "setup_seen"),
        setup_heldout=_quality(cells, "setup_heldout"),
        test=_quality(cells, "test"),
        test_new=_quality(cells, "test_new"),
        forgetting=_forgetting(seeds, frozen),
        harmonic=mean_of([harmonic_mean(kept.recall_at_10, new.recall_at_10) for kept, new in pairs]),
        costs=costs_of([cell.record.cost for cell in cells]),
        chosen=chosen_of({seed: cell.record.settings for seed, cell in seeds.items()}),
        n_trials=(min(n_trials), max(n_trials)),
    )


def _quality(cells: Sequence[Cell], part: Part) -> Quality:
    scores = [getattr(cell.record.scores, part) for cell in cells]
    return Quality(
        recall=mean_of([score.recall_at_10 for score in scores]),
        ndcg=mean_of([score.ndcg_at_10 for score in scores]),
    )


def _forgetting(seeds: Seeds, frozen: Seeds) -> Mean | None:
    drops = [
        frozen[seed].record.scores.setup_heldout.recall_at_10 - cell.record.scores.setup_heldout.recall_at_10
        for seed, cell in seeds.items()
        if seed in frozen
    ]
    return mean_of(drops) if drops else None


def costs_of(costs: Sequence[Cost]) -> Costs:
    """Means over seeds."""
    peaks = [cost.peak_memory_bytes for cost in costs if cost.peak_memory_bytes is not None]
    return Costs(
        seconds=float(np.mean([cost.seconds for cost in costs])),
        steps=float(np.mean([cost.steps for cost in costs])),
        examples=float(np.mean([cost.examples for cost in costs])),
        trained_parameters=float(np.mean([cost.trained_parameters for cost in costs])),
        peak_memory_bytes=float(np.mean(peaks)) if len(peaks) == len(costs) else None,
        tuning_seconds=float(np.mean([cost.tuning_seconds for cost in costs])),
    )


def chosen_of(settings: Mapping[int, dict[str, Setting]]) -> tuple[Chosen, ...]:
    """Distinct settings, each with its seeds, of settings by seed."""
    chosen: list[Chosen] = []
    for seed, mine in settings.items():
        known = [place for place, each in enumerate(chosen) if each.settings == mine]
        if known:
            before = chosen[known[0]]
            chosen[known[0]] = Chosen(before.settings, (*before.seeds, seed))
        else:
            chosen.append(Chosen(mine, (seed,)))
    return tuple(chosen)
