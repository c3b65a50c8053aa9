"""What a night decides on, gathered and checked once."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from raie.edits.decide import Decisions, decide
from raie.exceptions import UsageError
from raie.params import EditParams
from raie.regions.geometry import FloatArray, IntArray, unit_rows
from raie.regions.posterior import known_regions
from raie.regions.regionset import RegionSet


@dataclass(frozen=True, eq=False)
class Evidence:
    """Rows of a night and samples of the past.

    Attributes
    ----------
    rows : (n, d) float64
        The pool's encodings, then the incoming ones.
    n_pooled : int
        How many of the rows come from the pool.
    decisions : Decisions
        For `rows`, against the region set as it was before the night.
    memory : (m, d) float64
        Bounded samples of the regions' members.
    memory_regions : (m,) int64
        Row of the region set before the night, for each of them.
    """

    rows: FloatArray
    n_pooled: int
    decisions: Decisions
    memory: FloatArray
    memory_regions: IntArray


def gather(
    regions: RegionSet,
    encodings: NDArray[Any],
    *,
    memory_encodings: NDArray[Any],
    memory_regions: NDArray[np.str_],
    pool_encodings: NDArray[Any],
    params: EditParams,
) -> Evidence:
    """Check every input and decide for every row.

    Raises
    ------
    UsageError
        If rows are not unit vectors or inputs do not fit together.
    MissingError
        If a memory names a region that is not in the set.
    """
    pool = unit_rows(pool_encodings, name="pool_encodings")
    incoming = unit_rows(encodings)
    memory = unit_rows(memory_encodings, name="memory_encodings")
    if len({regions.dim, pool.shape[1], incoming.shape[1], memory.shape[1]}) > 1:
        raise UsageError(
            f"dimensions differ: regions {regions.dim}, encodings {incoming.shape[1]}, pool {pool.shape[1]}, "
            f"memory {memory.shape[1]}: encode all with the same backbone"
        )
    if len(memory_regions) != len(memory):
        raise UsageError(
            f"{len(memory)} memory_encodings but {len(memory_regions)} memory_regions: pass an id for each"
        )
    rows = np.concatenate([pool, incoming])
    return Evidence(
        rows=rows,
        n_pooled=len(pool),
        decisions=decide(rows, regions, params=params),
        memory=memory,
        memory_regions=known_regions(memory_regions, regions),
    )
