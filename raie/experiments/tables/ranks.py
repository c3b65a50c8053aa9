"""A cell's Parquet file: one rank per window."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from raie.columns import USER
from raie.exceptions import UsageError
from raie.experiments.tables.record import PARTS, K, Score
from raie.metrics.ranking import ndcg_at_k, recall_at_k

PART = "part"
RANK = "rank"
SCHEMA = pa.schema([(PART, pa.string()), (USER, pa.string()), (RANK, pa.int64())])

TOLERANCE = 1e-4
"""By which a document's scores may differ from its ranks': they may have been rounded."""

Names = npt.NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class RankedWindows:
    """Where each window's target came.

    Attributes
    ----------
    part : (N,) object of str
    user_id : (N,) object of str
    rank : (N,) int64
        1 is best; `raie.metrics.ranking.MISS` and the like are no hit at any cut-off.
    """

    part: Names
    user_id: Names
    rank: npt.NDArray[np.int64]

    def of(self, part: str) -> "RankedWindows":
        """Windows of one part, in their order."""
        inside = self.part == part
        return RankedWindows(self.part[inside], self.user_id[inside], self.rank[inside])


def read_ranks(file: Path, *, parts: Sequence[str] = PARTS) -> RankedWindows:
    """Read a cell's ranks in file order; ``parts`` are those there may be.

    Raises
    ------
    UsageError
        If the file is no Parquet file, a column is missing or of another type, a value is missing, a part
        is unknown, or a rank is below 1.
    """
    try:
        table = pq.read_table(file).select(SCHEMA.names).cast(SCHEMA)
    except (pa.ArrowException, OSError, KeyError) as error:
        why = " ".join(str(error).split())
        raise UsageError(f"{file} holds no {', '.join(SCHEMA.names)} ({why}): run the cell again") from error
    if any(column.null_count for column in table.columns):
        raise UsageError(f"{file} has empty values: run the cell again")
    ranks = RankedWindows(_names(table[PART]), _names(table[USER]), table[RANK].to_numpy())
    if unknown := sorted(set(ranks.part) - set(parts)):
        raise UsageError(f"{file} has a part {unknown[0]!r}, not {', '.join(parts)}: run the cell again")
    if (ranks.rank < 1).any():
        raise UsageError(f"{file} has a rank {ranks.rank.min()}, the best is 1: run the cell again")
    return ranks


def check_part(file: Path, ranks: RankedWindows, part: str, n_windows: int, told: Score) -> None:
    """Hold what a document tells of a part against its ranks.

    Parameters
    ----------
    file : Path
        Of the document.
    ranks : RankedWindows
    part : str
    n_windows : int
        How many the document says there are.
    told : Score
        As the document has it.

    Raises
    ------
    UsageError
        If they disagree.
    """
    rank = ranks.of(part).rank
    if not len(rank) or len(rank) != n_windows:
        raise UsageError(f"{file}: {part} has {len(rank)} ranks for {n_windows} windows: run the cell again")
    found = {f"recall_at_{K}": recall_at_k(rank, K), f"ndcg_at_{K}": ndcg_at_k(rank, K)}
    for metric, value in asdict(told).items():
        if abs(value - found[metric]) > TOLERANCE:
            raise UsageError(
                f"{file}: {part}.{metric} = {value}, but {found[metric]:.6f} by its ranks: run the cell again"
            )


def _names(column: pa.ChunkedArray) -> Names:
    # each name is held once: a user has many windows, and there are many cells
    encoded = column.combine_chunks().dictionary_encode()
    names: Names = np.array(encoded.dictionary.to_pylist(), dtype=object)
    where: npt.NDArray[np.int32] = encoded.indices.to_numpy()
    return names[where]
