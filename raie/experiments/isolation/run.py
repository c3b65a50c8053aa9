"""Run the experiment with the machinery of cells: backbones, then cells."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from raie.exceptions import UsageError
from raie.experiments.cells.run import Task, run
from raie.experiments.cells.store import claim
from raie.experiments.isolation.fill import fill_isolation
from raie.experiments.isolation.question import IsolationQuestion
from raie.experiments.isolation.variants import variant_named
from raie.experiments.periods.material import train_shared


def plan_isolation(names: Sequence[str], seeds: Sequence[int]) -> list[list[Task]]:
    """List the work in waves: what is in one needs all of those before it.

    Raises
    ------
    UsageError
        If there is no variant or seed, or a variant is unknown.
    """
    if not names or not seeds:
        raise UsageError("name at least one method and one seed")
    variants = [variant_named(name).name for name in dict.fromkeys(names)]
    return [
        [Task("backbones", f"backbone, seed {seed}", train_shared, (seed,)) for seed in dict.fromkeys(seeds)],
        [
            Task("cells", f"{name}, seed {seed}", fill_isolation, (name, seed))
            for seed in dict.fromkeys(seeds)
            for name in variants
        ],
    ]


def run_isolation(
    waves: Sequence[Sequence[Task]], folder: Path, question: IsolationQuestion, *, workers: int
) -> Iterator[Task]:
    """Do the work, see `raie.experiments.cells.run.run`; backbones are where cells have theirs."""
    claim(folder, question.base)
    yield from run(waves, folder, question, workers=workers)
