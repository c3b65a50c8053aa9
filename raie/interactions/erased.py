"""Users whose events are taken out, known by digests of their ids: git keeps digests and never an id."""

import hashlib
import shutil
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from raie.columns import ITEM, TIMESTAMP, USER
from raie.interactions.days import day_file, days_in
from raie.interactions.parquetfiles import read_interactions, write_interactions
from raie.interactions.table import empty

KEY = [USER, ITEM, TIMESTAMP]


def user_digest(user_id: str) -> str:
    """SHA-256 (hex) of a user id. Who can guess an id can check the guess: it hides no guessable id."""
    return hashlib.sha256(user_id.encode()).hexdigest()


def is_erased(user_ids: Iterable[str], erasure: Collection[str]) -> NDArray[np.bool_]:
    """Tell which rows, shape (N,) bool, belong to users whose digest is in ``erasure``."""
    ids, wanted = list(user_ids), frozenset(erasure)
    if not wanted:
        return np.zeros(len(ids), dtype=np.bool_)
    gone = {user for user in set(ids) if user_digest(user) in wanted}
    return np.fromiter((user in gone for user in ids), dtype=np.bool_, count=len(ids))


@contextmanager
def without_erased(days: Path | None, erasure: Collection[str]) -> Iterator[Path | None]:
    """Yield the partitions less the rows of erased users: the folder itself where nobody is erased.

    A day on which they did nothing is copied byte for byte, one that held nothing else is left out.

    Parameters
    ----------
    days : Path or None
        Folder of partitions; never changed.
    erasure : collection of str
        Digests of user ids.
    """
    if days is None or not erasure:
        yield days
        return
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for day in days_in(days):
            rows = read_interactions(day_file(days, day))
            gone = is_erased(rows[USER].tolist(), erasure)
            if not gone.any():
                shutil.copyfile(day_file(days, day), day_file(folder, day))
            elif not gone.all():
                write_interactions(rows[~gone].reset_index(drop=True), day_file(folder, day))
        yield folder


def accepted_since(earlier: Path, now: Path) -> pd.DataFrame:
    """Rows of the partitions ``now`` that those of ``earlier`` do not hold, day after day.

    Parameters
    ----------
    earlier, now : Path
        Folders of partitions of two snapshots; interactions are told apart by user, item and time.

    Returns
    -------
    DataFrame
        Typed interactions.
    """
    days = set(days_in(earlier))
    frames = []
    for day in days_in(now):
        rows = read_interactions(day_file(now, day))
        if day in days:
            held = pd.MultiIndex.from_frame(read_interactions(day_file(earlier, day))[KEY])
            rows = rows[~pd.MultiIndex.from_frame(rows[KEY]).isin(held)]
        frames.append(rows)
    return pd.concat(frames, ignore_index=True) if frames else empty()
