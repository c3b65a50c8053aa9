"""What is tried again, and when: only what was killed or lost its connection."""

import logging
from typing import Any, ParamSpec, TypeVar

from prefect import Task

from raie.exceptions import TransientError
from raie.params import ScheduleParams

P = ParamSpec("P")
R = TypeVar("R")
MOST = 50
"""Delays that Prefect takes."""

log = logging.getLogger("raie.flows")


def retried(task: Task[P, R], params: ScheduleParams) -> Task[P, R]:
    """A task that is tried again as params say, each time after twice the delay."""
    retries = min(params.retries, MOST)
    return task.with_options(
        retries=retries,
        retry_delay_seconds=[params.retry_delay_seconds * 2**number for number in range(retries)] or 0,
        retry_condition_fn=_may_succeed,
    )


def _may_succeed(task: Any, run: Any, state: Any) -> bool:
    """Whether another try may help: every other error says what to change first."""
    error = state.data
    again = isinstance(error, TransientError | ConnectionError | TimeoutError)
    if again:
        log.warning("            %s: trying again", error)
    return again
