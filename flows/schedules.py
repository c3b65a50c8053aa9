"""The process that starts flows when their time has come."""

import logging
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from prefect import Flow, serve
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron
from prefect.types.entrypoint import EntrypointType

from flows.construct import construct
from flows.living import crash_the_dead
from flows.nightly import nightly
from flows.retrain import retrain
from flows.server import scheduling_server
from flows.timetable import Scheduled, list_schedules
from raie.params import FlowName, ScheduleParams, load_params

FLOWS: dict[FlowName, Flow[..., Any]] = {"nightly": nightly, "retrain": retrain, "construct": construct}
ONE = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.ENQUEUE)

log = logging.getLogger("raie.flows")


def serve_schedules(repository: Path) -> None:
    """Serve every flow until this process is told to stop, one run at a time across all of them.

    Raises
    ------
    UsageError
        If the schedules are not valid.
    TransientError
        If no Prefect server is named and our own does not start.
    """
    params = load_params(repository / "params.yaml").schedules
    rows = list_schedules(params, now=datetime.now(UTC))
    # where the flows' subprocesses start
    os.chdir(repository)
    with scheduling_server() as address:
        for name in crash_the_dead(repository):
            log.warning("an earlier run, %s, was killed: Prefect knows it as crashed now", name)
        log.info("Prefect's pages: %s", address.removesuffix("/api"))
        for row in rows:
            log.info("%-9s  %s", row.flow, f"{row.cron} {row.timezone}" if row.cron else "on demand")
        serve(*_deployments(repository, rows, params), limit=1, print_starting_message=False)


def _deployments(
    repository: Path, rows: list[Scheduled], params: ScheduleParams
) -> Iterator[RunnerDeployment]:
    for row in rows:
        deployment = FLOWS[row.flow].to_deployment(
            row.flow,
            schedule=Cron(row.cron, timezone=row.timezone) if row.cron else None,
            paused=False,
            concurrency_limit=ONE,
            parameters={"repository": str(repository), "wait_minutes": params.wait_minutes},
            entrypoint_type=EntrypointType.MODULE_PATH,
        )
        yield cast(RunnerDeployment, deployment)
