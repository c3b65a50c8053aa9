"""As of which snapshot a history is told."""

from pathlib import Path

import pandas as pd

from raie.archive.archive import Archive
from raie.exceptions import UsageError
from raie.snapshots.tags import CANDIDATE_PREFIX, resolve


def resolved(repository: Path, as_of: str | None) -> str:
    """Id of the snapshot that was named; None: the newest.

    Raises
    ------
    MissingError
        If there is no such snapshot, naming the newest, or none at all.
    UsageError
        If it is no id of a snapshot.
    """
    if as_of is not None and as_of.startswith(CANDIDATE_PREFIX):
        raise UsageError(f"{as_of} was refused and is no part of any region's life: name a snapshot")
    return resolve(repository, as_of)


def snapshots_until(archive: Archive, as_of: str) -> pd.DataFrame:
    """Rows of the archive's snapshots, refused candidates left out, up to one of them."""
    known = archive.snapshots().query("status != 'refused'").reset_index(drop=True)
    return known.head(known["snapshot"].tolist().index(as_of) + 1)
