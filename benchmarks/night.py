r"""What does a night cost beside a full retrain? Foursquare through the real flows, in a clone of its own.

    python benchmarks/night.py --events ../shared/data/foursquare/checkins.tsv --workspace ../nights

Genesis, two daily nights, a retrain in the place of the third (backbone, regions, adapters, everything the
flow does beside them), two nights more. A figure is the retrain over each night, on the clock and in
processor time of all processes; an hour on two cores. The result is a file of `python -m benchmarks`, with
its page.
"""

import argparse
import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.harness.machine import machine_facts, run_facts  # noqa: E402
from benchmarks.harness.page import write_page  # noqa: E402
from benchmarks.harness.results import markdown, write_results  # noqa: E402
from benchmarks.harness.timing import Ratios  # noqa: E402

FIRST = date(2013, 3, 18)
RETRAINED, N_DAYS = 2, 5
"""Place of the day that is a retrain, and days in all."""
TARGET = 20.0
"""A night takes at most 5 % of a retrain."""

Seconds = Mapping[str, float]


def main() -> None:
    """Make the workspace, run the days, print the figures and the paths of the files."""
    options = _arguments()
    workspace = options.workspace.resolve()
    _prepare(workspace, options)
    # The server that flows are told to is not theirs: it runs all the time.
    os.environ["PREFECT_HOME"] = str(workspace / ".prefect")
    from flows.server import scheduling_server  # Prefect reads its settings on first import

    with scheduling_server() as address:
        os.environ["PREFECT_API_URL"] = address
        _raie(workspace, "construct")
        days = [(FIRST + timedelta(days=place)).isoformat() for place in range(N_DAYS)]
        costs = [_cost(workspace, place, day) for place, day in enumerate(days)]
    retrain = costs.pop(RETRAINED)
    document = {
        "run": {**run_facts(), "size": "full"},
        "machine": machine_facts(),
        "comparisons": {"night": _comparison(costs, retrain, options)},
    }
    path = write_results(document, ROOT / "benchmarks/results")
    print(f"\n{markdown(document)}\n{path}\n{write_page(document, path.with_suffix('.html'))}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=Path, required=True, help="checkins.tsv: user, item, UTC seconds")
    parser.add_argument("--workspace", type=Path, required=True, help="folder to be made")
    parser.add_argument("--dim", type=int, default=128)
    parser.add_argument("--epochs", type=int, default=16, help="of the backbone, at most")
    parser.add_argument("--patience", type=int, default=8)
    return parser.parse_args()


def _prepare(workspace: Path, options: argparse.Namespace) -> None:
    """Clone the project, set the params, and deliver every day's file."""
    subprocess.run(["git", "clone", "--quiet", "--no-tags", str(ROOT), str(workspace)], check=True)
    params = yaml.safe_load((workspace / "params.yaml").read_text("utf-8"))
    columns = {"user_id": 0, "item_id": 1, "timestamp": 2}
    params["data"].update(source="table", header=False, columns=columns, path=str(options.events.resolve()))
    params["backbone"].update(dim=options.dim)
    params["pretrain"].update(epochs=options.epochs, patience=options.patience, validation_share=0.02)
    params["nights"].update(genesis_until=FIRST.isoformat(), days=1)
    (workspace / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False), "utf-8")
    _raie(workspace, "data", "prepare")


def _cost(workspace: Path, place: int, day: str) -> Seconds:
    """Run a day and return its seconds, on the clock and of all its processes."""
    words = ("retrain", "--date", day) if place == RETRAINED else ("nightly", "--until", day)
    wall, cpu = time.monotonic(), _processor_seconds()
    _raie(workspace, *words)
    seconds = {"wall": time.monotonic() - wall, "cpu": _processor_seconds() - cpu}
    print(f"{words[0]} {day}: {seconds['wall']:.0f} s, {seconds['cpu']:.0f} s of processor time", flush=True)
    return seconds


def _processor_seconds() -> float:
    """Processor time of the processes that have ended by now, their children included."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _raie(workspace: Path, *words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "raie.cli", *words],
        cwd=workspace,
        env={**os.environ, "PYTHONPATH": str(workspace)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        sys.exit(f"raie {' '.join(words)} failed:\n{done.stderr}")


def _comparison(nights: list[Seconds], retrain: Seconds, options: argparse.Namespace) -> dict[str, Any]:
    ratios, seconds = {}, {}
    for clock in ("wall", "cpu"):
        ours, reference = [night[clock] for night in nights], [retrain[clock]] * len(nights)
        ratios[clock] = Ratios.of(reference, ours, work=(1.0, 1.0)).document()
        seconds[clock] = {"ours": ours, "reference": reference}
    case = {
        "ratio": ratios["wall"],
        "cpu_ratio": ratios["cpu"],
        "target": TARGET,
        "agreement": "both made and promoted a snapshot",
        "facts": {"dim": options.dim, "epochs": options.epochs, "patience": options.patience},
        "seconds": seconds,
    }
    return {
        "measures": "raie nightly on a day of Foursquare, start to tag.",
        "reference": "raie retrain in the place of a night: a new backbone, regions and adapters.",
        "protocol": "One clone, one running Prefect server, two nights before the retrain and two after it.",
        "unit": "times",
        "cases": {"foursquare": case},
    }


if __name__ == "__main__":
    main()
