"""Files of interactions to the staged table: one row per line, in file order."""

from pathlib import Path

import pandas as pd

from raie.columns import FAULT, FILE, ITEM, LINE, RATING, TIMESTAMP, USER
from raie.exceptions import UsageError
from raie.interactions import jsonlines, parquetfiles, textfiles
from raie.interactions.values import typed
from raie.params import Columns, DataParams

ATOMIC = ".inter"
"""RecBole's: tabs, and a header that names a type behind each column, as in ``user_id:token``."""
DELIMITERS = {".csv": ",", ".tsv": "\t", ".txt": "\t", ".data": "\t", ATOMIC: "\t"}
MOVIELENS = ".dat"
PARQUET = ".parquet"
JSON_LINES = (".json", ".jsonl")
YELP = Columns(user_id="user_id", item_id="business_id", timestamp="date", rating="stars")
"""Keys of ``yelp_academic_dataset_review.json``."""

STAGED = (USER, ITEM, TIMESTAMP, RATING, FILE, LINE, FAULT)
"""Columns of the staged table, in order."""


def read_staged(path: Path, data: DataParams) -> pd.DataFrame:
    """Read a file of interactions without judging it.

    The suffix decides: ``.dat`` is MovieLens (``UserID::MovieID::Rating::Timestamp``, no header),
    ``.csv`` (double quotes allowed), ``.tsv``, ``.txt`` and ``.data`` (tabs, quotes taken literally),
    ``.inter`` (the same with a header of names and types), ``.json`` and ``.jsonl`` (one object per line,
    with Yelp's keys where that is the source), ``.parquet``.

    Parameters
    ----------
    path : Path
        The file.
    data : DataParams
        Which columns hold what, and whether text files have a header.

    Returns
    -------
    DataFrame
        One row per line in file order: user_id and item_id str, timestamp Int64 (UTC seconds), rating
        Float64, file str (its name), line int64 (1-based in the file; row + 1 for Parquet), fault str:
        what could not be parsed. Everything but file and line may be missing.

    Raises
    ------
    UsageError
        If the file as a whole cannot be used: unknown type, a missing column, empty, binary or unreadable.
    """
    raw = _raw(path, data)
    staged = typed(raw)
    staged[FILE] = pd.Series([path.name] * len(raw), dtype="str")
    staged[LINE] = raw[LINE]
    return staged.loc[:, list(STAGED)]


def first_fields(path: Path) -> list[str]:
    """Split the first line of a text file with delimiters; of a file of another kind there is none.

    Raises
    ------
    UsageError
        If the file cannot be read.
    """
    suffix = path.suffix.lower()
    if suffix not in DELIMITERS:
        return []
    fields = textfiles.first_fields(path, delimiter=DELIMITERS[suffix], quoted=suffix == ".csv")
    return textfiles.untyped(fields) if suffix == ATOMIC else fields


def _raw(path: Path, data: DataParams) -> pd.DataFrame:
    suffix = path.suffix.lower()
    if suffix not in (MOVIELENS, PARQUET, *JSON_LINES, *DELIMITERS):
        known = ", ".join((MOVIELENS, *DELIMITERS, *JSON_LINES, PARQUET))
        raise UsageError(f"{path} has the unknown file type '{suffix}': use one of {known}")
    if not path.is_file():
        raise UsageError(f"{path} does not exist or is not a file: correct the path")
    if suffix == PARQUET:
        return parquetfiles.raw_columns(path, columns=data.columns)
    if suffix in JSON_LINES:
        return jsonlines.raw_columns(path, columns=YELP if data.source == "yelp" else data.columns)
    if suffix == MOVIELENS:
        return textfiles.raw_columns(path, delimiter="::", columns=None, header=False, quoted=False)
    return textfiles.raw_columns(
        path,
        delimiter=DELIMITERS[suffix],
        columns=data.columns,
        header=data.header,
        quoted=suffix == ".csv",
        typed=suffix == ATOMIC,
    )
