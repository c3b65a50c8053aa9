"""Parquet, the one place that reads and writes it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from raie.columns import FAULT, INTERACTION, ITEM, LINE, RATING, TIMESTAMP, USER
from raie.exceptions import UsageError
from raie.interactions.places import position
from raie.params import Columns

SCHEMA = pa.schema(
    [(USER, pa.string()), (ITEM, pa.string()), (TIMESTAMP, pa.int64()), (RATING, pa.float64())]
)
"""The project's own format: every partition and every prepared drop has exactly these columns."""

_WHOLE = {
    kind: pd.Int64Dtype() for kind in (pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16())
} | {pa.uint32(): pd.Int64Dtype(), pa.uint64(): pd.UInt64Dtype()}


def write_interactions(interactions: pd.DataFrame, path: Path) -> None:
    """Write typed interactions; equal tables give equal bytes.

    Parameters
    ----------
    interactions : DataFrame
        user_id, item_id, timestamp (UTC seconds), rating (NaN is stored as null).
    path : Path
        The file, overwritten; its folder is made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.Table.from_pandas(interactions, schema=SCHEMA, preserve_index=False)
    # Without pandas' metadata, which holds its version, the bytes depend on the rows alone.
    pq.write_table(table.replace_schema_metadata(None), path, compression="zstd", row_group_size=1 << 20)


def read_interactions(path: Path) -> pd.DataFrame:
    """Read what ``write_interactions`` wrote, in file order.

    Raises
    ------
    UsageError
        If the file is not in the project's own format.
    """
    table = _table(path)
    if table.schema.remove_metadata() != SCHEMA:
        listed = ", ".join(table.schema.names)
        raise UsageError(f"{path} is not a partition of interactions, found: {listed}: rebuild it")
    frame = table.to_pandas()
    return frame.astype({USER: "str", ITEM: "str", TIMESTAMP: "int64", RATING: "float64"})


def count_rows(path: Path) -> int:
    """Count the rows of a partition without reading them."""
    return int(pq.read_metadata(path).num_rows)


def distinct(path: Path, name: str) -> list[str]:
    """Return the distinct values of one text column of a partition, in order of appearance."""
    column = pq.read_table(path, columns=[name], read_dictionary=[name]).column(name)
    return list(pc.unique(column.cast(pa.string())).to_pylist())


def raw_columns(path: Path, *, columns: Columns) -> pd.DataFrame:
    """Read a Parquet file of interactions from anywhere.

    A file with exactly the project's four columns is read as such, whatever ``columns`` says; datetimes
    become whole UTC seconds (rounded down), taken as UTC where they carry no time zone.

    Returns
    -------
    DataFrame
        user_id, item_id, timestamp, rating as text or numbers; ``line`` int64, row + 1; ``fault`` missing.

    Raises
    ------
    UsageError
        If the file is unreadable or empty, or a column is missing or of a type that cannot be used.
    """
    table = _table(path)
    if not table.num_rows:
        raise UsageError(f"{path} is empty: remove it, or write one interaction per row")
    own = set(table.column_names) == set(INTERACTION)
    wanted = Columns(rating=RATING) if own else columns
    with _readable(path):
        table.validate(full=True)
        raw = {
            name: _column(path, table, getattr(wanted, name), timed=name == TIMESTAMP) for name in INTERACTION
        }
    frame = pd.DataFrame(raw)
    frame[FAULT] = pd.Series([None] * len(frame), dtype="str")
    frame[LINE] = np.arange(1, len(frame) + 1, dtype=np.int64)
    return frame


def _table(path: Path) -> pa.Table:
    with _readable(path):
        return pq.ParquetFile(path).read()


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Whatever damage Arrow finds in a file becomes one line."""
    try:
        yield
    except (OSError, UnicodeDecodeError, pa.ArrowException) as error:
        reason = " ".join(str(error).split())
        raise UsageError(f"{path} is not readable Parquet ({reason}): write it again") from error


def _column(path: Path, table: pa.Table, wanted: str | int | None, *, timed: bool) -> pd.Series:
    if wanted is None:
        return pd.Series([None] * table.num_rows, dtype="str")
    place = position(path, wanted, table.column_names)
    column = table.column(place)
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if timed and (pa.types.is_timestamp(column.type) or pa.types.is_date(column.type)):
        column = _seconds(column)
    kind = column.type
    if kind in (pa.string(), pa.large_string(), pa.string_view(), pa.null()):
        return column.cast(pa.string()).to_pandas().astype("str")
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        remedy = "numbers or datetimes" if timed else "text or numbers"
        raise UsageError(f"{path}: column '{table.column_names[place]}' holds {kind}: write {remedy}")
    return column.to_pandas(types_mapper=_WHOLE.get)


def _seconds(column: pa.ChunkedArray) -> pa.ChunkedArray:
    # nanoseconds would end in 2262
    moments = column.cast(pa.timestamp("ms" if pa.types.is_date(column.type) else column.type.unit))
    return pc.floor_temporal(moments, unit="second").cast(pa.timestamp("s")).cast(pa.int64())
