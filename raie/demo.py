"""The demo: genesis and nights of planted drift, in a clone of its own, with a table and a picture."""

import logging
import os
import shutil
import time
from pathlib import Path
from typing import Any

import pandas as pd

from flows.construct import construct
from flows.nightly import nightly
from raie.exceptions import UsageError
from raie.experiments.nextday import next_day, windows_of, windows_waiting
from raie.params import load_params
from raie.reports.regionmap import draw_regions
from raie.reports.tables import Row, edit_counts, print_rows
from raie.snapshots.git import git
from raie.snapshots.history import manifest_of, metrics_of
from raie.snapshots.inbox import due_files, prepare_inbox

MARKER = ".raie-demo"
PICTURE = "regions.png"

log = logging.getLogger("raie.flows")


def run_demo(repository: Path, workspace: Path) -> None:
    """Clone the repository into ``workspace``, run genesis and every night but the last there, and report.

    The population's last day is never learnt from: it is the day after the last night.

    Raises
    ------
    UsageError
        If ``workspace`` exists and is not an earlier demo.
    """
    _fresh_clone(repository, workspace)
    os.chdir(workspace)
    prepared = prepare_inbox(workspace, load_params())
    if prepared.truth is None:
        raise UsageError("the demo runs on the embedded population: set data.source to synthetic")
    log.info("genesis: %d interactions before %s", prepared.n_genesis, prepared.cut)
    seconds = {}
    genesis, seconds["genesis"] = _timed(construct, workspace)
    nights = list(prepared.days[:-1])
    for number, day in enumerate(nights, start=1):
        log.info("night %d of %d: %s", number, len(nights), day)
        _, seconds[day] = _timed(nightly, workspace, day)
    log.info("evaluating every night on the day after it")
    planted = prepared.truth.nights.set_index("night")
    rows = _rows(workspace, [genesis, *nights], planted, seconds)
    print_rows(rows, title=f"Nights after genesis {genesis} ({seconds['genesis']:.0f} s)")
    draw_regions(workspace, before=genesis, after=nights[-1], out=workspace / PICTURE)
    log.info("picture: %s", workspace / PICTURE)
    log.info("go on there: cd %s && raie history", workspace)


def _fresh_clone(repository: Path, workspace: Path) -> None:
    if workspace.exists():
        if not (workspace / MARKER).is_file():
            raise UsageError(f"{workspace} exists and is no earlier demo: name another --workspace")
        shutil.rmtree(workspace)
    git(repository, "clone", "--quiet", "--no-tags", str(repository), str(workspace))
    (workspace / MARKER).touch()


def _timed(flow: Any, *arguments: Any) -> tuple[str, float]:
    started = time.monotonic()
    return flow(*arguments), time.monotonic() - started


def _rows(
    workspace: Path, snapshots: list[str], planted: pd.DataFrame, seconds: dict[str, float]
) -> list[Row]:
    rows = []
    for before, night in zip(snapshots, snapshots[1:], strict=False):
        following = snapshots[snapshots.index(night) + 1 :][:1]
        windows = (
            windows_of(workspace, following[0])
            if following
            else windows_waiting(workspace, night, due_files(workspace, "9999-12-31"))
        )
        change = next_day(workspace, before=before, after=night, windows=windows)
        manifest, metrics = manifest_of(workspace, night), metrics_of(workspace, night)
        training = manifest["training"]
        counts = edit_counts(workspace, night)
        rows.append(
            {
                "night": night,
                "planted": planted.loc[night, "kind"],
                "sequences": sum(region["windows"] for region in training.values()),
                **{name: counts[name] for name in ("updates", "expands", "adds", "merges")},
                "regions": len(training),
                "touched": sum(region["trained"] for region in training.values()),
                "next day before": change.before,
                "next day after": change.after,
                "retention": metrics["setup_heldout"]["routed"]["recall_at_10"],
                "seconds": round(seconds[night]),
            }
        )
    return rows
