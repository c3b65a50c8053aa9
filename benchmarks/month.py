"""A month of daily nights on Foursquare, with everything planted that goes wrong in a month.

Each day its file is dropped into the inbox and `raie nightly --until <day>` is typed, as cron would, against
a Prefect server that runs all the time; nothing else is done by hand. At the end the accepted interactions,
the tags, the registry and the quarantine are compared with what they must be.

    python benchmarks/month.py --events ../shared/data/foursquare/checkins.tsv --workspace ../month
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from deliveries import FAULTS, FIRST, KEY, KILLED, N_NIGHTS, Feed, broken, day_of, poisoned, usual

from raie.interactions.days import read_days
from raie.snapshots.history import metrics_of
from raie.snapshots.opened import open_output
from raie.snapshots.tags import list_candidates, list_snapshots

PARAMS: Mapping[str, Mapping[str, Any]] = {
    "data": {"source": "table", "header": False, "columns": {"user_id": 0, "item_id": 1, "timestamp": 2}},
    "backbone": {"dim": 128},
    "pretrain": {"epochs": 6, "validation_share": 0.02},
    "nights": {"genesis_until": FIRST, "days": 1},
}


def main() -> None:
    """Run the month and print its table; exit 1 if anything is not as it must be."""
    arguments = _arguments()
    workspace = arguments.workspace.resolve()
    feed = _prepare(arguments.events.resolve(), workspace)
    os.environ["PREFECT_HOME"] = str(workspace / ".prefect")
    from flows.server import scheduling_server  # Prefect reads its settings on first import

    with scheduling_server() as address:
        os.environ["PREFECT_API_URL"] = address
        started = time.monotonic()
        if not list_snapshots(workspace):
            _raie(workspace, "construct")
        print(f"construct: {time.monotonic() - started:.0f} s\n", flush=True)
        rows = [_night(workspace, feed, number) for number in range(1, N_NIGHTS + 1)]
    print(
        pd.DataFrame(rows).to_markdown(index=False) if arguments.markdown else pd.DataFrame(rows).to_string()
    )
    faults = _judge(workspace, feed)
    print(
        "\n".join(faults)
        or "\nno accepted event lost or counted twice; tags, registry, quarantine as expected"
    )
    sys.exit(1 if faults else 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=Path, required=True, help="checkins.tsv: user, item, UTC seconds")
    parser.add_argument(
        "--workspace", type=Path, required=True, help="folder to be made, or one with genesis in it"
    )
    parser.add_argument("--markdown", action="store_true")
    return parser.parse_args()


def _prepare(events: Path, workspace: Path) -> Feed:
    """Clone the project, set the params, and take the later days out of the inbox again.

    A workspace that is there already is gone on with: it may hold genesis, but no night.
    """
    if not workspace.exists():
        subprocess.run(["git", "clone", "--quiet", "--no-tags", ".", str(workspace)], check=True)
    params = yaml.safe_load((workspace / "params.yaml").read_text("utf-8"))
    for section, values in PARAMS.items():
        params[section].update(values)
    params["data"]["path"] = str(events)
    (workspace / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False), "utf-8")
    _raie(workspace, "data", "prepare")
    inbox = workspace / "data/inbox"
    for file in inbox.glob("20*.parquet"):
        file.unlink()
    table = pd.read_csv(events, sep="\t", names=KEY).astype({"timestamp": "int64"})
    dates = pd.to_datetime(table["timestamp"], unit="s").dt.strftime("%Y-%m-%d")
    before = table[dates < FIRST]
    days = {day_of(number): table[dates == day_of(number)] for number in range(1, N_NIGHTS + 1)}
    return Feed(days, before, inbox, [before])


def _night(workspace: Path, feed: Feed, number: int) -> dict[str, Any]:
    day = day_of(number)
    fault, deliver = FAULTS.get(number, ("", usual))
    deliver(feed, day)
    started = time.monotonic()
    if number == KILLED:
        _kill_in(workspace, day, stage="evaluate")
        outcome = "killed"
    else:
        done = _raie(workspace, "nightly", "--until", day, check=False)
        said = [line for line in done.stderr.splitlines() if line.startswith("raie: ")]
        outcome = "ok" if done.returncode == 0 else (said or ["?"])[-1]
    seconds = time.monotonic() - started
    row = {
        "night": day,
        "planted": fault,
        **_came_of(workspace, day),
        "seconds": round(seconds),
        "said": outcome,
    }
    print(json.dumps(row), flush=True)
    return row


def _came_of(workspace: Path, day: str) -> dict[str, Any]:
    if day not in list_snapshots(workspace):
        return {"tag": "candidate" if day in list_candidates(workspace) else "none"}
    metrics = metrics_of(workspace, day)
    return {
        "tag": "snapshot",
        "windows": metrics["forward"]["windows"],
        "retention": round(metrics["setup_heldout"]["routed"]["recall_at_10"], 4),
    }


def _kill_in(workspace: Path, day: str, *, stage: str) -> None:
    """Start a night and kill it, as the machine would, once ``stage`` is reached."""
    process = subprocess.Popen(
        [sys.executable, "-m", "raie.cli", "nightly", "--until", day],
        cwd=workspace,
        env=_environment(workspace),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if " adapt " in line:  # the stage before it has ended
            break
    time.sleep(1)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def _raie(workspace: Path, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "raie.cli", *words],
        cwd=workspace,
        env=_environment(workspace),
        capture_output=True,
        text=True,
        check=False,
    )
    if check and done.returncode != 0:
        sys.exit(done.stderr)
    return done


def _environment(workspace: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(workspace)}


def _judge(workspace: Path, feed: Feed) -> list[str]:
    """What is not as it must be."""
    found = []
    poisoned_day = next(day_of(number) for number, (_, deliver) in FAULTS.items() if deliver is poisoned)
    expected = [day_of(number) for number in range(1, N_NIGHTS + 1) if day_of(number) != poisoned_day]
    if list_snapshots(workspace)[1:] != expected:
        found.append(f"tagged nights: {list_snapshots(workspace)}")
    if list_candidates(workspace) != [poisoned_day]:
        found.append(f"refused candidates: {list_candidates(workspace)}")
    found += _lost_or_twice(workspace, feed)
    found += _registry(workspace)
    kept = {file.name for file in (workspace / "data/quarantine").rglob("*.tsv")}
    broken_day = next(day_of(number) for number, (_, deliver) in FAULTS.items() if deliver is broken)
    # a day on which nobody checked in comes as a file without a row, which is no file to read
    blank = {f"{day}.tsv" for day, rows in feed.days.items() if rows.empty}
    if kept != {f"{broken_day}.tsv", f"{poisoned_day}.tsv", *blank}:
        found.append(f"in quarantine: {sorted(kept)}")
    waiting = sorted(file.name for file in feed.inbox.glob("20*"))
    return found + ([f"left in the inbox: {waiting}"] if waiting else [])


def _lost_or_twice(workspace: Path, feed: Feed) -> list[str]:
    sent = pd.concat(feed.delivered).astype({"user_id": "str", "item_id": "str"}).drop_duplicates(KEY)
    held = read_days(open_output(workspace, list_snapshots(workspace)[-1], "raw"))
    held = held[KEY].astype({"user_id": "str", "item_id": "str"})
    found = [f"counted twice: {int(held.duplicated().sum())} rows"] if held.duplicated().any() else []
    both = sent.merge(held, on=KEY, how="outer", indicator=True)["_merge"].value_counts()
    print(f"accepted: {both['both']}, lost: {both['left_only']}, never sent: {both['right_only']}")
    return found + ([f"lost or never sent: {dict(both)}"] if both["left_only"] + both["right_only"] else [])


def _registry(workspace: Path) -> list[str]:
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{workspace / 'mlflow.db'}")
    versions = client.search_model_versions("name='raie'")
    champion = client.get_model_version_by_alias("raie", "champion")
    snapshots = list_snapshots(workspace)
    registered = sorted(version.tags["snapshot"] for version in versions)
    found = [] if registered == snapshots else [f"registered: {registered}"]
    return found + ([] if champion.tags["snapshot"] == snapshots[-1] else [f"champion: {champion.tags}"])


if __name__ == "__main__":
    main()
