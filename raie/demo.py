"""The demo: genesis and nights of planted drift, in a clone of its own, with a table and a picture."""

import logging
import os
import shutil
import time
from pathlib import Path
from typing import Any

import pandas as pd
from sklearn.metrics import adjusted_rand_score

from flows.construct import construct
from flows.nightly import nightly
from raie.encodings.memory import Memory
from raie.exceptions import UsageError
from raie.experiments.nextday import next_day, windows_of, windows_waiting
from raie.interactions.synthetic import Truth
from raie.params import load_params
from raie.reports.regionmap import draw_regions
from raie.reports.tables import Row, edit_counts, print_rows
from raie.snapshots.git import git
from raie.snapshots.history import edits_of, manifest_of, metrics_of
from raie.snapshots.inbox import due_files, prepare_inbox
from raie.snapshots.opened import open_output

MARKER = Path(".raie/demo")
PICTURE = Path("reports/regions.png")
NIGHTS = 4
"""As many as two cores make in five minutes; the days after them wait in the inbox."""

log = logging.getLogger("raie.flows")


def run_demo(repository: Path, workspace: Path) -> None:
    """Clone the repository into ``workspace``, run genesis and the first nights there, and report.

    At least one day is left that was not learnt from: the day after the last night.

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
    agreement = _agreement(workspace, genesis, prepared.truth)
    log.info("regions against planted tastes: adjusted Rand index %.2f", agreement)
    nights = list(prepared.days[:-1])[:NIGHTS]
    for number, day in enumerate(nights, start=1):
        log.info("night %d of %d: %s", number, len(nights), day)
        _, seconds[day] = _timed(nightly, workspace, day)
    log.info("evaluating every night on the day after it")
    waiting = due_files(workspace, prepared.days[len(nights)])
    rows = _rows(workspace, [genesis, *nights], prepared.truth, seconds, waiting)
    print_rows(rows, title=f"Nights after genesis {genesis} ({seconds['genesis']:.0f} s)")
    (workspace / PICTURE).parent.mkdir(exist_ok=True)
    draw_regions(workspace, before=genesis, after=nights[-1], out=workspace / PICTURE)
    log.info("picture: %s", workspace / PICTURE)
    log.info("go on there: cd %s && raie history", workspace)


def _fresh_clone(repository: Path, workspace: Path) -> None:
    if workspace.exists():
        if not (workspace / MARKER).is_file():
            raise UsageError(f"{workspace} exists and is no earlier demo: name another --workspace")
        shutil.rmtree(workspace)
    git(repository, "clone", "--quiet", "--no-tags", str(repository), str(workspace))
    (workspace / MARKER).parent.mkdir()
    (workspace / MARKER).touch()


def _timed(flow: Any, *arguments: Any) -> tuple[str, float]:
    started = time.monotonic()
    return flow(*arguments), time.monotonic() - started


def _agreement(workspace: Path, genesis: str, truth: Truth) -> float:
    """Adjusted Rand index between the region of a remembered window and its user's planted taste."""
    memory = Memory.load(open_output(workspace, genesis, "regions") / "memory")
    tastes = truth.users.set_index("user_id")["taste"]
    return float(adjusted_rand_score(tastes.loc[memory.windows.user_ids], memory.region_ids))


def _rows(
    workspace: Path, snapshots: list[str], truth: Truth, seconds: dict[str, float], waiting: list[Path]
) -> list[Row]:
    kinds = truth.nights.set_index("night")["kind"]
    rows = []
    for before, night, following in zip(snapshots, snapshots[1:], [*snapshots[2:], None], strict=False):
        windows = (
            windows_of(workspace, following) if following else windows_waiting(workspace, night, waiting)
        )
        change = next_day(workspace, before=before, after=night, windows=windows)
        training = manifest_of(workspace, night)["training"]
        counts = edit_counts(workspace, night)
        heldout = metrics_of(workspace, night)["setup_heldout"]["routed"]
        rows.append(
            {
                "night": night,
                "planted": kinds[night],
                **_found(workspace, night, truth),
                "sequences": sum(region["windows"] for region in training.values()),
                **{name: counts[name] for name in ("updates", "expands", "adds", "merges")},
                "regions": len(training),
                "touched": sum(region["trained"] for region in training.values()),
                "next day before": change.before,
                "after": change.after,
                "retention": next(value for name, value in heldout.items() if name.startswith("recall")),
                "seconds": round(seconds[night]),
            }
        )
    return rows


def _found(workspace: Path, night: str, truth: Truth) -> dict[str, str]:
    """What the night decided about the users whose drift was planted, and who its new regions are."""
    affected = truth.affected.loc[truth.affected["night"] == night, "user_id"]
    folder = open_output(workspace, night, "decisions")
    decisions = pd.read_parquet(folder / "decisions.parquet")
    decisions["affected"] = decisions["user_id"].isin(affected)
    shares = decisions.loc[decisions["affected"], "operation"].value_counts(normalize=True)
    text = "/".join(f"{100 * shares.get(name, 0.0):.0f}" for name in ("update", "expand", "pool"))
    added = [edit.region for edit in edits_of(workspace, night) if edit.operation == "add"]
    given = pd.read_parquet(folder / "assignments.parquet")
    notes = []
    for region in added:
        share = decisions["affected"].iloc[given.loc[given["region"] == region, "row"]].mean()
        notes.append(f"{region} {100 * share:.0f}")
    return {"affected U/E/P %": text if len(affected) else "", "added, % theirs": " ".join(notes)}
