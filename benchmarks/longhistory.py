"""How long answers take from a long history, which should be two seconds at most.

A year of snapshots with many regions is invented, as the nights would have tagged them: real commits and
tags, chained ledgers, manifests, metrics, gates and lock files. What questions read of the data lies in the
DVC cache: every night's decisions; of the first and the last snapshot regions, memory, adapters, held-out
windows and recommendations. Then each command runs as a process of its own: once with nothing remembered
(.raie removed), then again and again.

    python benchmarks/longhistory.py --workspace ../longhistory
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from cachedoutputs import cache_decisions, cache_snapshot
from fastimport import importing
from inventeddocuments import Writer
from inventednights import FIRST, invent

from raie.params import PARAMS_FILE, load_params
from raie.snapshots.git import git
from raie.snapshots.tags import PREFIX, list_snapshots

PROJECT = Path(__file__).resolve().parents[1]
CODE = ("dvc.yaml", "params.yaml", ".dvc/config", ".gitignore", "requirements.lock")
LIMIT, REPEATS, SEED = 2.0, 3, 7
"""Seconds an answer may take; how often each question is asked again; what the history is drawn from."""


def main() -> None:
    """Invent the history if it is not there, ask, print the table; exit 1 if an answer is late or fails."""
    arguments = _arguments()
    workspace = arguments.workspace.resolve()
    if not workspace.exists():
        started = time.monotonic()
        _build(workspace, arguments.snapshots, arguments.regions)
        print(f"built in {time.monotonic() - started:.0f} s\n", flush=True)
    rows = [_ask(workspace, question) for question in _questions(workspace)]
    table = pd.DataFrame(rows)
    print(table.to_markdown(index=False) if arguments.markdown else table.to_string(index=False))
    late = [row["command"] for row in rows if row["exit"] != 0 or row["warm s"] > LIMIT]
    print("\n".join(f"failed or later than {LIMIT:g} s: {command}" for command in late))
    sys.exit(1 if late else 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--snapshots", type=int, default=365)
    parser.add_argument("--regions", type=int, default=200)
    parser.add_argument(
        "--workspace", type=Path, required=True, help="folder to be made, or one made by an earlier run"
    )
    parser.add_argument("--markdown", action="store_true")
    return parser.parse_args()


def _build(workspace: Path, n_snapshots: int, n_regions: int) -> None:
    rng = np.random.default_rng(SEED)
    for name in CODE:
        (workspace / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(PROJECT / name, workspace / name)
    git(workspace, "init", "--quiet", "--initial-branch", "main")
    git(workspace, "add", "--all")
    git(workspace, "commit", "--quiet", "--no-gpg-sign", "--message", "The code of a long history")
    code_commit = git(workspace, "rev-parse", "HEAD")
    writer = Writer(PROJECT, code_commit, rng)
    size = load_params(workspace / PARAMS_FILE).regions.memory_size
    seconds = int(datetime.combine(FIRST, datetime.min.time(), UTC).timestamp())
    with importing(workspace, code_commit=code_commit, seconds=seconds) as commits:
        for number, night in enumerate(invent(n_snapshots, n_regions, rng), start=1):
            known = cache_decisions(workspace, night.snapshot, night.after, rng)
            if number in (1, n_snapshots):
                known |= cache_snapshot(workspace, night.after, rng, memory_size=size)
            commits.tag(PREFIX + night.snapshot, writer.write(night, known), follows=number > 1)


def _questions(workspace: Path) -> list[list[str]]:
    snapshots = list_snapshots(workspace)
    first, middle, last = snapshots[0], snapshots[len(snapshots) // 2], snapshots[-1]
    return [
        ["snapshot", "list"],
        ["snapshot", "list", "--json"],
        ["snapshot", "show"],
        ["snapshot", "show", middle],
        ["history"],
        ["history", "--as-of", middle],
        ["history", "--edits"],
        ["history", "--region", "r0001"],
        ["history", "--user", "u00001"],
        ["snapshot", "diff", first, last],
    ]


def _ask(workspace: Path, question: list[str]) -> dict[str, Any]:
    shutil.rmtree(workspace / ".raie", ignore_errors=True)
    cold = _run(workspace, question)
    warm = [_run(workspace, question) for _ in range(REPEATS)]
    return {
        "command": " ".join(["raie", *question]),
        "cold s": round(cold["wall"], 2),
        "warm s": round(statistics.median(each["wall"] for each in warm), 2),
        "warm CPU s": round(statistics.median(each["cpu"] for each in warm), 2),
        "lines": warm[-1]["lines"],
        "exit": warm[-1]["exit"],
    }


def _run(workspace: Path, question: list[str]) -> dict[str, Any]:
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    command = [sys.executable, "-P", "-m", "raie.cli", *question]
    done = subprocess.run(command, cwd=workspace, env=os.environ, capture_output=True, text=True, check=False)
    wall, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        print(f"{' '.join(question)}: {(done.stderr.strip().splitlines() or ['?'])[-1]}", file=sys.stderr)
    return {
        "wall": wall,
        "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "lines": len(done.stdout.splitlines()),
        "exit": done.returncode,
    }


if __name__ == "__main__":
    main()
