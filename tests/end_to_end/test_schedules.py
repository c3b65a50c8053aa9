"""A scheduled run is really created and really runs: on a real server, from cron to a snapshot.

Some versions of what Prefect needs install without complaint and never create a scheduled run.
"""

import datetime
import json
import os
import shutil
import signal
import time

import httpx
import pytest

from raie.snapshots.tags import list_snapshots
from tests.end_to_end.commands import run_raie, start_raie
from tests.end_to_end.test_refused_deliveries import set_params

pytestmark = pytest.mark.end_to_end

NEWEST = "2024-03-03"
PAGES = "Prefect's pages: "


@pytest.fixture(scope="module")
def yesterday():
    return datetime.datetime.now(datetime.UTC).date() - datetime.timedelta(days=1)


@pytest.fixture(scope="module")
def operator(repository, tmp_path_factory, yesterday):
    """A copy in which one night is due, every minute: a period that began long ago ended yesterday."""
    folder = tmp_path_factory.mktemp("scheduled") / "project"
    shutil.copytree(repository, folder, symlinks=True)
    set_params(
        folder,
        nights={"days": (yesterday - datetime.date.fromisoformat(NEWEST)).days},
        schedules__cron={"nightly": "* * * * *", "retrain": "30 0 * * 0"},
        schedules={"timezone": "Europe/Berlin"},
    )
    return folder


@pytest.fixture(scope="module")
def served(operator):
    """``raie schedules``, and the address of the server that it started."""
    process = start_raie(operator, "schedules")
    address = next((line for line in process.stderr if line.startswith(PAGES)), None)
    assert address, process.wait()
    yield process, address.removeprefix(PAGES).strip() + "/api"
    process.kill()
    process.stderr.close()
    process.wait()


def wait_for(condition, seconds):
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(1)
    return found


def runs(address):
    query = {"flows": {"name": {"any_": ["nightly"]}}, "sort": "START_TIME_ASC"}
    found = httpx.post(f"{address}/flow_runs/filter", json=query, timeout=30).json()
    return [run for run in found if run["auto_scheduled"]]


def test_what_would_be_served_is_listed_without_starting_anything(operator):
    done = run_raie(operator, "schedules", "--list", "--json")
    rows = {row["flow"]: row for row in json.loads(done.stdout)}
    assert rows["nightly"]["cron"] == "* * * * *" and rows["construct"]["next_run_utc"] is None
    following = datetime.datetime.fromisoformat(rows["retrain"]["next_run_utc"])
    # half past midnight on a Sunday in Berlin is Saturday evening in UTC
    assert following.weekday() == 5 and following.hour in (22, 23)


def test_a_scheduled_run_is_created_and_makes_the_night(operator, served, yesterday):
    _, address = served
    night = yesterday.isoformat()
    wait_for(lambda: list_snapshots(operator)[-1] == night, seconds=300)
    done = wait_for(lambda: [run for run in runs(address) if run["state_type"] == "COMPLETED"], seconds=60)
    assert done[0]["parameters"]["repository"] == str(operator)
    assert (operator / f"reports/{night}/summary.html").is_file()
    assert not list((operator / "data/inbox").glob("*.parquet"))


def test_runs_of_all_flows_are_limited_to_one(served):
    _, address = served
    found = httpx.post(f"{address}/deployments/filter", json={}, timeout=30).json()
    assert {each["name"] for each in found} == {"nightly", "retrain", "construct"}
    assert all(each["global_concurrency_limit"]["limit"] == 1 for each in found)
    crons = {each["name"]: [one["schedule"]["cron"] for one in each["schedules"]] for each in found}
    assert crons == {"nightly": ["* * * * *"], "retrain": ["30 0 * * 0"], "construct": []}


def test_the_server_dies_with_its_process(served):
    process, address = served
    assert httpx.get(f"{address}/health", timeout=30).is_success
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    wait_for(lambda: not answers(address), seconds=20)


def answers(address):
    try:
        return httpx.get(f"{address}/health", timeout=5).is_success
    except httpx.TransportError:
        return False
