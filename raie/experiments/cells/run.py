"""Run an experiment: backbones, then trials, then cells, side by side, each left where it is found again."""

import itertools
import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from raie.exceptions import TransientError, UsageError
from raie.experiments.cells.fill import fill_cell
from raie.experiments.cells.material import train_backbone
from raie.experiments.cells.question import Question
from raie.experiments.cells.store import claim
from raie.experiments.cells.trials import try_settings
from raie.methods.registry import method_named

WATCHED_EVERY = 1.0
"""Seconds."""


Kind = Literal["backbones", "trials", "cells"]


@dataclass(frozen=True)
class Task:
    """One piece of work that a worker does whole.

    Attributes
    ----------
    kind : str
        Those of a kind take about as long.
    name : str
        What to say of it.
    do : callable
        Gets folder, question and the arguments.
    arguments : tuple
    """

    kind: Kind
    name: str
    do: Callable[..., None]
    arguments: tuple[str | int, ...]


class Work(NamedTuple):
    """How the pieces of an experiment are done.

    Attributes
    ----------
    backbone, trial, cell : callable
        Get folder and question, then: the seed; method and number of the trial; method and seed.
    """

    backbone: Callable[..., None]
    trial: Callable[..., None]
    cell: Callable[..., None]


CELLS = Work(train_backbone, try_settings, fill_cell)


def plan(methods: Sequence[str], seeds: Sequence[int], work: Work = CELLS) -> list[list[Task]]:
    """List the work in waves: what is in one needs all of those before it.

    Raises
    ------
    UsageError
        If there is no method or seed, or a method is unknown.
    """
    if not methods or not seeds:
        raise UsageError("name at least one method and one seed")
    chosen = [method_named(name) for name in dict.fromkeys(methods)]
    grids = {method.tuned_as: len(method.grid) for method in chosen}
    tuned = [name for name, size in grids.items() if size > 1]
    trained = dict.fromkeys([*([0] if tuned else []), *seeds])
    return [
        [Task("backbones", f"backbone, seed {seed}", work.backbone, (seed,)) for seed in trained],
        [
            Task("trials", f"{name}, trial {trial + 1} of {grids[name]}", work.trial, (name, trial))
            for name in tuned
            for trial in range(grids[name])
        ],
        [
            Task("cells", f"{method.name}, seed {seed}", work.cell, (method.name, seed))
            for seed in dict.fromkeys(seeds)
            for method in chosen
        ],
    ]


def run(waves: Sequence[Sequence[Task]], folder: Path, question: Question, *, workers: int) -> Iterator[Task]:
    """Do the work of the waves with ``workers`` processes; yield each piece when it is done.

    What was done before, by a run that was killed perhaps, is found again and yielded at once.
    """
    claim(folder, question)
    if workers == 1:
        for task in itertools.chain.from_iterable(waves):
            yield _do(task, folder, question)
        return
    fresh = multiprocessing.get_context("spawn")  # a fork would copy torch's threads in the middle of work
    with ProcessPoolExecutor(workers, fresh, initializer=_end_with, initargs=(os.getpid(),)) as pool:
        for wave in waves:
            yield from _side_by_side(pool, wave, folder, question)


def _side_by_side(
    pool: ProcessPoolExecutor, wave: Sequence[Task], folder: Path, question: Question
) -> Iterator[Task]:
    pieces: list[Future[Task]] = []
    try:
        pieces += (pool.submit(_do, task, folder, question) for task in wave)
        for piece in as_completed(pieces):
            yield piece.result()
    except BrokenProcessPool as error:
        raise TransientError(
            "a worker died, of memory perhaps: run again, with fewer --workers; what is done is kept"
        ) from error
    finally:
        for piece in pieces:
            piece.cancel()


def _do(task: Task, folder: Path, question: Question) -> Task:
    try:
        task.do(folder, question, *task.arguments)
    except UsageError as error:
        raise UsageError(f"{task.name}: {error}") from error
    return task


def _end_with(owner: int) -> None:
    """End this worker soon after the process that started it, which may be killed and say nothing."""

    def watch() -> None:
        while os.getppid() == owner:
            time.sleep(WATCHED_EVERY)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
