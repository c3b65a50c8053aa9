"""Who interacted with what, read from day partitions without their other columns."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from raie.columns import ITEM, USER
from raie.interactions.days import day_file, days_in

BATCH = 1 << 18
"""Rows decoded at a time: the bound on memory."""

Coded = tuple[list[str], NDArray[np.int64]]
"""Distinct ids, and for every row the place of its id among them."""


def read_pairs(folder: Path) -> Iterator[tuple[Coded, Coded]]:
    """Yield the users and the items of successive rows, at most ``BATCH`` of them, partition by partition.

    Ids come coded, so that each is looked up once per batch and not once per row. Small days share a batch.

    Parameters
    ----------
    folder : Path
        Day partitions.

    Raises
    ------
    MissingError
        If the folder does not exist.
    """
    waiting: list[pa.RecordBatch] = []
    for batch in _batches(folder):
        if sum(map(len, waiting)) + len(batch) > BATCH:
            yield _together(waiting)
            waiting = []
        waiting.append(batch)
    if waiting:
        yield _together(waiting)


def _batches(folder: Path) -> Iterator[pa.RecordBatch]:
    for day in days_in(folder):
        file = pq.ParquetFile(day_file(folder, day), read_dictionary=[USER, ITEM])
        yield from file.iter_batches(batch_size=BATCH, columns=[USER, ITEM])


def _together(batches: list[pa.RecordBatch]) -> tuple[Coded, Coded]:
    table = pa.Table.from_batches(batches).unify_dictionaries().combine_chunks()
    return _coded(table.column(USER)), _coded(table.column(ITEM))


def _coded(column: pa.ChunkedArray) -> Coded:
    (whole,) = column.chunks
    return whole.dictionary.to_pylist(), whole.indices.to_numpy().astype(np.int64)
