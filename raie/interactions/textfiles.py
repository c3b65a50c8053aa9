"""Lines of delimited text to raw columns, one row per physical line."""

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from raie.columns import FAULT, INTERACTION, LINE
from raie.exceptions import UsageError
from raie.interactions.faults import Fault
from raie.interactions.places import Places, column_places
from raie.params import Columns

CHUNK = 200_000
"""Lines split at a time: bounds the memory that Python lists of fields take."""

LONGEST = 1 << 16
"""Bytes of a first line that is only looked at."""

MOVIELENS_PLACES = (0, 1, 3, 2)
"""User, item, timestamp and rating in ``UserID::MovieID::Rating::Timestamp``."""


def decoded(path: Path) -> str:
    """Return the file's text: UTF-8 (with or without a byte-order mark), else Latin-1.

    Raises
    ------
    UsageError
        If the file is empty, cannot be read or is binary.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}): correct the path") from error
    if not content.strip():
        raise UsageError(f"{path} is empty: remove it, or write one interaction per line")
    if b"\0" in content:
        raise UsageError(f"{path} is neither UTF-8 nor Latin-1 text (it holds zero bytes): save it as UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def first_fields(path: Path, *, delimiter: str, quoted: bool) -> list[str]:
    """Split the first line, of which no more than `LONGEST` bytes are read; see `raw_columns`.

    Raises
    ------
    UsageError
        If the file cannot be read.
    """
    try:
        with path.open("rb") as stream:
            line = stream.readline(LONGEST)
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}): correct the path") from error
    text = line.decode("utf-8-sig", errors="replace").rstrip("\r\n")
    return [field.strip() for field in _fields(text, delimiter, quoted) or [text]]


def untyped(names: list[str]) -> list[str]:
    """Names of columns without the types behind them: ``user_id`` of ``user_id:token``."""
    return [name.partition(":")[0] for name in names]


def raw_columns(
    path: Path,
    *,
    delimiter: str,
    columns: Columns | None,
    header: bool,
    quoted: bool,
    typed: bool = False,
) -> pd.DataFrame:
    """Split a text file into raw columns.

    Parameters
    ----------
    path : Path
        The file.
    delimiter : str
        What separates fields.
    columns : Columns or None
        Names (or zero-based positions) of the columns; None: user, item, rating, timestamp in this order
        and nothing else.
    header : bool
        Whether line 1 names the columns.
    quoted : bool
        Whether fields may stand in double quotes. A record never spans two lines.
    typed : bool
        Whether a header names a type behind each column, see `untyped`.

    Returns
    -------
    DataFrame
        user_id, item_id, timestamp, rating as text; ``line`` int64, 1-based; ``fault`` of malformed lines.
    """
    lines = decoded(path).rstrip("\r\n").split("\n")
    names: list[str] | None = None
    if header:
        names = [name.strip() for name in _fields(lines[0], delimiter, quoted) or [lines[0]]]
        names = untyped(names) if typed else names
        lines = lines[1:]
        if not lines:
            raise UsageError(
                f"{path} is empty after its header: remove it, or write one interaction per line"
            )
    width = _width(lines, delimiter, quoted) if columns else 4
    width = len(names) if names else width
    places = column_places(path, columns, names, width) if columns else MOVIELENS_PLACES
    chunks = [
        _chunk(part, delimiter=delimiter, quoted=quoted, width=width, places=places) for part in _parts(lines)
    ]
    table = pd.concat(chunks, ignore_index=True)
    table[LINE] = np.arange(len(table), dtype=np.int64) + (2 if header else 1)
    return table


def _width(lines: list[str], delimiter: str, quoted: bool) -> int:
    """Without a header the width that most lines have is the right one."""
    widths = Counter(len(_fields(line, delimiter, quoted) or ()) for line in lines[:CHUNK])
    return widths.most_common(1)[0][0]


def _parts(lines: list[str]) -> Iterator[list[str]]:
    return (lines[start : start + CHUNK] for start in range(0, len(lines), CHUNK))


def _fields(line: str, delimiter: str, quoted: bool) -> list[str] | None:
    line = line.rstrip("\r")
    if not quoted or '"' not in line:
        return line.split(delimiter)
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True))
    except csv.Error:
        return None


def _chunk(lines: list[str], *, delimiter: str, quoted: bool, width: int, places: Places) -> pd.DataFrame:
    rows = [_fields(line, delimiter, quoted) for line in lines]
    faults = [
        None if fields is not None and len(fields) == width else _malformed(line, fields, width)
        for line, fields in zip(lines, rows, strict=True)
    ]
    blank = [""] * width
    whole = [blank if fault or fields is None else fields for fields, fault in zip(rows, faults, strict=True)]
    raw = {
        name: pd.Series(["" if place is None else fields[place] for fields in whole], dtype="str")
        for name, place in zip(INTERACTION, places, strict=True)
    }
    return pd.DataFrame({**raw, FAULT: pd.Series(faults, dtype="str")})


def _malformed(line: str, fields: list[str] | None, width: int) -> str:
    text = line.rstrip("\r")
    if fields is None:
        return str(Fault(LINE, text, "has an unclosed quote", "close it or double it"))
    if not text.strip():
        return str(Fault(LINE, text, "is blank", "remove the line"))
    return str(
        Fault(
            LINE,
            text,
            f"holds {len(fields)} fields instead of {width}",
            "separate them as in the other lines",
        )
    )
