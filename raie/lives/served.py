"""What a region recommended, and to how many."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from raie.lives.itemtable import Items
from raie.snapshots.cached import files_of

RECOMMENDATIONS = "data/recommendations/recommendations.parquet"
N_ITEMS = 10


@dataclass(frozen=True)
class ServedItem:
    """An item on the lists of the users that a region served."""

    item: str
    title: str
    users: int
    share: float
    """Of the users served."""


@dataclass(frozen=True)
class Served:
    """A region's part in the recommendations of one snapshot."""

    snapshot: str
    users: int
    """Of all regions, and of the base."""
    routed: int
    """Users whose nearest region it is."""
    served: int
    """Users who got its adapter."""
    fallback_share: float | None
    """Of those routed, the share that lay outside every region and got the base; None if there are none."""
    items: tuple[ServedItem, ...]
    """Most frequent on the lists of the users served; ties by item id."""


def served_by(repository: Path, snapshot: str, region: str, items: Items) -> Served:
    """Read what a region recommended in a snapshot.

    Raises
    ------
    MissingError
        If the recommendations are neither in the cache nor in a remote.
    """
    file = files_of(repository, snapshot, RECOMMENDATIONS)[RECOMMENDATIONS]
    columns, of_region = ["adapter", "items"], pc.field("region") == region
    routed = pq.read_table(file, columns=columns, filters=of_region)
    served = routed.filter(pc.field("adapter") == region)
    counts = Counter(item for row in served["items"].to_pylist() for item in row)
    ranked = sorted(counts.items(), key=lambda each: (-each[1], each[0]))[:N_ITEMS]
    return Served(
        snapshot=snapshot,
        users=pq.read_metadata(file).num_rows,
        routed=len(routed),
        served=len(served),
        fallback_share=1 - len(served) / len(routed) if len(routed) else None,
        items=tuple(ServedItem(item, items.title(item), n, n / len(served)) for item, n in ranked),
    )
