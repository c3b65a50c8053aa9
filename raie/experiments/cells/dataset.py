"""A file of interactions as events."""

from pathlib import Path

from raie.columns import ITEM, TIMESTAMP
from raie.exceptions import UsageError
from raie.interactions.readers import read_staged
from raie.interactions.table import accepted, in_time_order, positives
from raie.params import Columns, DataParams
from raie.sequences.events import Events, events_of
from raie.sequences.vocabulary import Vocabulary

POSITIONS = Columns(user_id=0, item_id=1, timestamp=2)
"""Of text files, which have no header."""
PLAUSIBLE = 10**8
"""UTC seconds: smaller numbers are ratings or counts that stand where a time should."""


def read_positives(file: Path, min_rating: float | None) -> Events:
    """Read the positives of a file, in time order; ties keep the order of the file.

    Parameters
    ----------
    file : Path
        ``ratings.dat``; text with user, item, time in its first columns; Parquet with columns ``user_id``,
        ``item_id``, ``timestamp``; Yelp's ``review.json``.
    min_rating : float or None
        Interactions rated below are no positives; None keeps all.

    Raises
    ------
    UsageError
        If the file cannot be used or holds no positive.
    """
    staged = read_staged(file, _described(file))
    table = in_time_order(positives(accepted(staged), min_rating))
    if not len(table):
        raise UsageError(f"{file} holds no positive: check the file and --min-rating")
    latest = int(table[TIMESTAMP].max())
    if latest < PLAUSIBLE:
        raise UsageError(f"{file}: the latest time is {latest}, which is before 1973: give user, item, time")
    return events_of(table, Vocabulary().extend(table[ITEM]))


def _described(file: Path) -> DataParams:
    if file.suffix in (".json", ".jsonl"):
        return DataParams(source="yelp", path=str(file))
    columns = Columns() if file.suffix == ".parquet" else POSITIONS
    return DataParams(source="table", path=str(file), columns=columns, header=False)
