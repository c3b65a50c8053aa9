"""One JSON object per line, as Yelp publishes its reviews, to raw columns."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from raie.columns import FAULT, INTERACTION, LINE
from raie.exceptions import UsageError
from raie.interactions.faults import Fault
from raie.params import Columns

CHUNK = 50_000
"""Lines held at a time: a review's text is read and let go."""

MAX_LINE = 1 << 20
"""Bytes that one line may hold."""

Row = tuple[str, str, str, str, str | None]
_FAULTY = ("", "", "", "")


def raw_columns(path: Path, *, columns: Columns) -> pd.DataFrame:
    """Read a file of JSON objects line by line; memory holds the wanted keys alone.

    Dates (``YYYY-MM-DD``, with or without a time of day) become UTC seconds, taken as UTC where they name no
    zone.

    Parameters
    ----------
    path : Path
        The file, UTF-8.
    columns : Columns
        Keys of the objects.

    Returns
    -------
    DataFrame
        user_id, item_id, timestamp, rating as text; ``line`` int64, 1-based; ``fault`` of malformed lines.

    Raises
    ------
    UsageError
        If the file is empty or cannot be read, or ``columns`` holds positions.
    """
    keys = _keys(path, columns)
    try:
        with path.open("rb") as file:
            lines = _lines(file)
            chunks = [_frame(part, keys) for part in iter(lambda: list(islice(lines, CHUNK)), [])]
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}): correct the path") from error
    if not chunks:
        raise UsageError(f"{path} is empty: remove it, or write one interaction per line")
    table = pd.concat(chunks, ignore_index=True)
    table[LINE] = np.arange(1, len(table) + 1, dtype=np.int64)
    return table


def _keys(path: Path, columns: Columns) -> list[str | None]:
    keys = [columns.user_id, columns.item_id, columns.timestamp, columns.rating]
    for key in keys:
        if isinstance(key, int):
            raise UsageError(
                f"{path} holds JSON objects, which have no position {key}: name keys in data.columns"
            )
    return [None if key is None else str(key) for key in keys]


def _lines(file: Any) -> Iterator[bytes | None]:
    """Yield lines; None for one that is longer than ``MAX_LINE``, which is never held."""
    while line := file.readline(MAX_LINE):
        whole = line
        while not line.endswith(b"\n") and len(line) == MAX_LINE:
            line = file.readline(MAX_LINE)
        yield whole if line is whole else None


def _frame(lines: Iterable[bytes | None], keys: Sequence[str | None]) -> pd.DataFrame:
    rows = [_row(line, keys) for line in lines]
    names = (*INTERACTION, FAULT)
    columns = zip(*rows, strict=True)
    return pd.DataFrame(
        {name: pd.Series(column, dtype="str") for name, column in zip(names, columns, strict=True)}
    )


def _row(line: bytes | None, keys: Sequence[str | None]) -> Row:
    if line is None:
        return *_FAULTY, str(Fault(LINE, "", f"is longer than {MAX_LINE} bytes", "split the file into lines"))
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        return *_FAULTY, str(Fault(LINE, text, "is no JSON object", "write one object per line"))
    user, item, time, rating = ("" if key is None else found.get(key) for key in keys)
    for name, value in zip(INTERACTION, (user, item, time, rating), strict=True):
        if isinstance(value, list | dict | bool):
            return *_FAULTY, str(Fault(name, str(value), "is no single value", "write text or a number"))
    return _text(user), _text(item), _seconds(time), _text(rating), None


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _seconds(value: Any) -> str:
    """UTC seconds of a date; what is none is left for `raie.interactions.values.typed` to judge."""
    if not isinstance(value, str) or "-" not in value[1:]:
        return _text(value)
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        return value
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return str(int(moment.timestamp() // 1))
