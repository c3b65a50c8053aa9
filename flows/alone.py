"""A flow's turn: alone in the repository, and Prefect told of runs that were killed."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flows.living import crash_the_dead, marked_alive
from raie.snapshots.lock import single_run

log = logging.getLogger("raie.flows")


@contextmanager
def alone(repository: Path, run: str, *, wait_minutes: float) -> Iterator[None]:
    """Hold the repository's lock for the whole of a flow run.

    Raises
    ------
    BusyError
        If another run holds it for longer than ``wait_minutes``.
    """
    with marked_alive(repository), single_run(repository, run, wait_minutes=wait_minutes):
        for name in crash_the_dead(repository):
            log.warning("an earlier run, %s, was killed: Prefect knows it as crashed now", name)
        yield
