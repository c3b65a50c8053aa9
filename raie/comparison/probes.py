"""A fixed probe set through two snapshots: held-out Set-up windows, and which region serves each."""

from pathlib import Path

import numpy as np
import pandas as pd

from raie.comparison.state import State
from raie.exceptions import MissingError, RefusedError
from raie.snapshots.cached import files_of
from raie.snapshots.history import manifest_of
from raie.snapshots.tags import list_snapshots

BASE = "base"
"""Stands for a region where the base alone answers."""

OUTCOMES = "data/outcomes/retention.parquet"
WINDOWS = tuple(f"data/histories/heldout/{name}.npy" for name in ("user_ids", "label_times"))
WINDOW = ["user_id", "label_time", "occurrence"]


def flows(before: State, after: State) -> pd.DataFrame:
    """Count the windows that two snapshots share, by the region that serves them in each.

    Returns
    -------
    DataFrame
        before, after (region ids or ``base``), windows.

    Raises
    ------
    MissingError
        If one's routing is not at hand, with the reason.
    """
    both = served(before).merge(served(after), on=WINDOW, suffixes=("_before", "_after"))
    both = both.rename(columns={"region_before": "before", "region_after": "after"})
    return both.groupby(["before", "after"]).size().rename("windows").reset_index()


def served(state: State) -> pd.DataFrame:
    """Region that serves each held-out window in a snapshot: user_id, label_time, occurrence, region.

    An outcome names the candidate's region; outcomes of earlier versions only the champion's, so that the
    next snapshot's tell what this one did.

    Raises
    ------
    MissingError
        If neither is at hand.
    """
    table = _outcomes(state.repository, state.name)
    if "candidate_region" in table:
        return _tidy(table, "candidate_region")
    if state.previous is None:
        return _tidy(table, "region")
    following = _follower(state)
    if following is None:
        why = "a refused one has no next snapshot" if state.refused else "no next snapshot tells them"
        raise MissingError(f"an earlier version made {state.name} without naming them, and {why}")
    return _tidy(_outcomes(state.repository, following), "region")


def _outcomes(repository: Path, name: str) -> pd.DataFrame:
    files = files_of(repository, name, OUTCOMES, *WINDOWS)
    table = pd.read_parquet(files[OUTCOMES])
    users, times = (np.load(files[path], allow_pickle=False) for path in WINDOWS)
    if table["user_id"].tolist() != users.tolist():
        raise RefusedError(f"{name}: its outcomes are not of its held-out windows: run raie snapshot verify")
    return table.assign(label_time=times)


def _follower(state: State) -> str | None:
    """Snapshot that was judged against this one, if it routed by the same parameters."""
    order = list_snapshots(state.repository)
    if state.refused or state.name == order[-1]:
        return None
    following = order[order.index(state.name) + 1]
    manifest = manifest_of(state.repository, following)
    same = manifest["params"]["edits"] == state.manifest["params"]["edits"]
    return following if same and manifest["night"]["previous"] == state.name else None


def _tidy(table: pd.DataFrame, column: str) -> pd.DataFrame:
    table = table.assign(region=table[column].replace("", BASE))
    # events of one second are told apart by their order
    table["occurrence"] = table.groupby(["user_id", "label_time"]).cumcount()
    return table[[*WINDOW, "region"]]
