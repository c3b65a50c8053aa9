"""A file of interactions as events."""

from pathlib import Path

from raie.columns import ITEM, RATING, TIMESTAMP, USER
from raie.exceptions import UsageError
from raie.interactions.faults import shown
from raie.interactions.readers import first_fields, read_staged
from raie.interactions.table import accepted, in_time_order, positives
from raie.params import Columns, DataParams
from raie.sequences.events import Events, events_of
from raie.sequences.vocabulary import Vocabulary

POSITIONS = Columns(user_id=0, item_id=1, timestamp=2)
"""Of text files without a header."""
N_NEEDED = 3
"""Columns; the last of them is the time."""
PLAUSIBLE = 10**8
"""UTC seconds: smaller numbers are ratings or counts that stand where a time should."""


def read_positives(file: Path, min_rating: float | None, columns: Columns | None = None) -> Events:
    """Read the positives of a file, in time order; ties keep the order of the file.

    Parameters
    ----------
    file : Path
        ``ratings.dat``; text or Parquet with columns ``user_id``, ``item_id``, ``timestamp`` and perhaps
        ``rating``; text without a header with user, item, time in its first columns; Yelp's ``review.json``.
    min_rating : float or None
        Interactions rated below are no positives; None keeps all.
    columns : Columns or None
        Where else the columns are, as names or positions; `ratings.dat` has its own.

    Raises
    ------
    UsageError
        If the file cannot be used or holds no positive.
    """
    staged = read_staged(file, _described(file, columns))
    table = in_time_order(positives(accepted(staged), min_rating))
    if not len(table):
        raise UsageError(f"{file} holds no positive: check the file and --min-rating")
    latest = int(table[TIMESTAMP].max())
    if latest < PLAUSIBLE:
        raise UsageError(
            f"{file}: the latest time is {latest}, which is before 1973: say with --columns where user, item "
            "and time are"
        )
    return events_of(table, Vocabulary().extend(table[ITEM]))


def columns_of(text: str) -> Columns:
    """Read names of columns, or positions in a file without a header: user, item, time and perhaps rating.

    Raises
    ------
    UsageError
        If these are not three or four names, or as many positions.
    """
    parts = [part.strip() for part in text.split(",")]
    are_positions = [part.isdecimal() for part in parts]
    if len(parts) not in (N_NEEDED, N_NEEDED + 1) or not all(parts) or len(set(are_positions)) > 1:
        raise UsageError(
            f"columns '{text}': name user, item, time and perhaps rating, as in userId,movieId,timestamp, "
            "or give their positions from 0 in a file without a header"
        )
    wanted = [int(part) for part in parts] if all(are_positions) else parts
    return Columns.model_validate(dict(zip(Columns.model_fields, wanted, strict=False)))


def _described(file: Path, columns: Columns | None) -> DataParams:
    if columns is None and file.suffix in (".json", ".jsonl"):
        return DataParams(source="yelp", path=str(file))
    columns = _checked(file, columns) if columns else _found(file)
    return DataParams(
        source="table", path=str(file), columns=columns, header=isinstance(columns.user_id, str)
    )


def _checked(file: Path, columns: Columns) -> Columns:
    """The columns, if a text file has them; what else there is its reader judges."""
    fields = first_fields(file)
    for wanted in (columns.user_id, columns.item_id, columns.timestamp, columns.rating):
        found = wanted in (None, *fields) or (isinstance(wanted, int) and wanted < len(fields))
        if fields and not found:
            raise UsageError(f"{file} begins with {_shown(fields)}: no column '{wanted}', correct --columns")
    return columns


def _found(file: Path) -> Columns:
    """The usual names if the first line has them, else the first three columns; Parquet always has names."""
    if not (fields := first_fields(file)):
        return Columns()
    if {USER, ITEM, TIMESTAMP} <= set(fields):
        return Columns(rating=RATING if RATING in fields else None)
    if len(fields) >= N_NEEDED and not any(map(str.isdigit, fields[N_NEEDED - 1])):
        raise UsageError(
            f"{file} begins with {_shown(fields)}: say with --columns which of them are user, item, time "
            "and perhaps rating"
        )
    return POSITIONS


def _shown(fields: list[str]) -> str:
    return repr(shown(", ".join(fields)))
