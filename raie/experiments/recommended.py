"""What a snapshot recommends to anybody, computed now: other users, more items, or seen ones too."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from raie.backbones.device import fix_threads
from raie.exceptions import UsageError
from raie.experiments.served import open_served
from raie.sequences.histories import Histories
from raie.sequences.seen import seen_items
from raie.sequences.vocabulary import Vocabulary
from raie.sequences.windows import Windows
from raie.snapshots.opened import open_output
from raie.snapshots.recommending import recommend_users


def recommend_now(
    repository: Path, snapshot: str, *, users: Sequence[str] | None, k: int, exclude_seen: bool
) -> pd.DataFrame:
    """Recommend as the stage of a snapshot's own run did, with its threads.

    Parameters
    ----------
    repository : Path
    snapshot : str
        Id of a snapshot that exists.
    users : sequence of str or None
        Only these are scored, and those without a history are left out; None: everybody.
    k : int
    exclude_seen : bool
        Leave out every item that a user ever interacted with.

    Returns
    -------
    DataFrame
        As `raie.snapshots.recommending.recommend_users`, in order of user id.

    Raises
    ------
    UsageError
        If ``k`` exceeds the snapshot's items.
    """
    served = open_served(repository, snapshot)
    fix_threads(served.params.compute.threads)
    histories, length = open_output(repository, snapshot, "histories"), served.params.sequences.length
    vocabulary = Vocabulary.load(histories / "vocabulary.json")
    if k > len(vocabulary):
        raise UsageError(f"k = {k}: snapshot {snapshot} has {len(vocabulary)} items, ask for at most as many")
    current = Histories.load(histories / "histories.parquet", length=length).latest(length)
    if users is not None:
        current = _of(current, users)
    seen = None
    if exclude_seen:
        seen = seen_items(open_output(repository, snapshot, "raw"), current.user_ids, vocabulary)
    return recommend_users(served, vocabulary, current, k=k, exclude_seen=exclude_seen, seen=seen)


def _of(current: Windows, users: Sequence[str]) -> Windows:
    return current.take(np.isin(current.user_ids, np.array(users, dtype=np.str_)))
