"""What a night changed: the snapshots before and after it, on the day that followed."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from raie.columns import ITEM
from raie.experiments.served import open_served
from raie.interactions.readers import read_staged
from raie.interactions.table import accepted, in_time_order, positives
from raie.metrics.ranking import recall_at_k
from raie.sequences.events import events_of
from raie.sequences.histories import Histories, update
from raie.sequences.vocabulary import Vocabulary
from raie.sequences.windows import Windows
from raie.snapshots.opened import open_output, params_of


@dataclass(frozen=True)
class NextDay:
    """Recall@k on the day after a night; k is the snapshot's ``evaluate.k``.

    Attributes
    ----------
    windows : int
        Windows of that day.
    before, after : float
        Of the snapshots before and after the night.
    """

    windows: int
    before: float
    after: float


def next_day(repository: Path, *, before: str, after: str, windows: Windows) -> NextDay:
    """Compare two consecutive snapshots on the windows of the day that followed."""
    k = params_of(repository, after).evaluate.k
    recalls = [
        recall_at_k(open_served(repository, snapshot).judge(windows).routed_ranks, k)
        for snapshot in (before, after)
    ]
    return NextDay(len(windows), *recalls)


def windows_of(repository: Path, snapshot: str) -> Windows:
    """Windows of what arrived in a snapshot's own night."""
    return Windows.load(open_output(repository, snapshot, "windows") / "incoming")


def windows_waiting(repository: Path, snapshot: str, files: list[Path]) -> Windows:
    """Windows of files that still wait in the inbox, on top of a snapshot's histories."""
    params = params_of(repository, snapshot)
    staged = pd.concat([read_staged(file, params.data) for file in files], ignore_index=True)
    rows = in_time_order(positives(accepted(staged), params.data.min_rating))
    folder = open_output(repository, snapshot, "histories")
    length, vocabulary = params.sequences.length, Vocabulary.load(folder / "vocabulary.json")
    events = events_of(rows, vocabulary.extend(rows[ITEM]))
    before = Histories.load(folder / "histories.parquet", length=length)
    return update(before, events, length=length, min_history=params.sequences.min_history)[1]
