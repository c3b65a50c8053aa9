"""What is tried again, and after how long."""

import pytest
from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows.retries import MOST, retried
from raie.exceptions import MissingError, RaieError, RefusedError, TransientError, UsageError
from raie.params import ScheduleParams


@task(cache_policy=NO_CACHE)
def step(calls, error):
    calls.append(None)
    if len(calls) < 3:
        raise error


def tries(error):
    """How often a step that works the third time is called."""
    calls = []
    params = ScheduleParams(retries=2, retry_delay_seconds=0)

    @flow(name="trying", validate_parameters=False)
    def trying():
        return retried(step, params)(calls, error, return_state=True).is_completed()

    return len(calls) if trying() else -len(calls)


@pytest.mark.parametrize("error", [TransientError("killed"), ConnectionResetError("lost"), TimeoutError()])
def test_what_was_killed_or_lost_its_connection_is_tried_again(prefect, error):
    assert tries(error) == 3


@pytest.mark.parametrize(
    "error",
    [RefusedError("no"), UsageError("wrong"), MissingError("gone"), RaieError("mend it"), ValueError()],
)
def test_what_would_fail_again_is_not(prefect, error):
    assert tries(error) == -1


def test_each_delay_is_twice_the_one_before():
    params = ScheduleParams(retries=3, retry_delay_seconds=30)
    assert retried(step, params).retry_delay_seconds == [30, 60, 120]
    assert retried(step, ScheduleParams(retries=0)).retries == 0
    assert retried(step, ScheduleParams(retries=MOST + 9)).retries == MOST
