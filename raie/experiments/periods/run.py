"""Run an experiment over time with the machinery of cells: backbones, trials, then cells."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from raie.exceptions import UsageError
from raie.experiments.cells.run import Task, Work, plan, run
from raie.experiments.cells.store import claim
from raie.experiments.periods.fill import fill_periods
from raie.experiments.periods.material import train_shared
from raie.experiments.periods.question import PeriodsQuestion
from raie.experiments.periods.trials import try_periods
from raie.methods.registry import METHODS, method_named

PERIODS = Work(train_shared, try_periods, fill_periods)


def plan_periods(methods: Sequence[str], seeds: Sequence[int]) -> list[list[Task]]:
    """List the work in waves, see `raie.experiments.cells.run.plan`.

    Raises
    ------
    UsageError
        If there is no method or seed, or a method is unknown or cannot go on from what it was.
    """
    still = [name for name in methods if not method_named(name).evolves]
    if still:
        raise UsageError(
            f"{', '.join(still)} cannot go on from part to part: choose from {', '.join(evolving())}"
        )
    return plan(methods, seeds, PERIODS)


def evolving() -> list[str]:
    """Names of methods that go on from what they were, in the order of tables."""
    return [name for name, method in METHODS.items() if method.evolves]


def run_periods(
    waves: Sequence[Sequence[Task]], folder: Path, question: PeriodsQuestion, *, workers: int
) -> Iterator[Task]:
    """Do the work, see `raie.experiments.cells.run.run`; backbones are where cells have theirs."""
    claim(folder, question.base)
    yield from run(waves, folder, question, workers=workers)
