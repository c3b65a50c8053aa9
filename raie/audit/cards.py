"""The regions as the page's JSON holds them: a card each, with its numbers over the nights."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from raie.audit.chronicle import Chronicle
from raie.audit.lanes import Lane
from raie.audit.values import column, rounded, significant
from raie.audit.words import description_document
from raie.regions.geometry import FloatArray

PARTS = {"retention": "setup_heldout", "newest": "newest_heldout", "forward": "forward"}
TRAINING = ("windows", "replayed", "steps", "first_loss", "last_loss", "norm_mean")


def card_documents(
    chronicle: Chronicle, lanes: Sequence[Lane], shares: dict[int, FloatArray]
) -> list[dict[str, Any]]:
    """One document per lane.

    Series hold one value per night from the region's birth to its last one; ``trained`` one row per night on
    which its adapter learnt.
    """
    measured = _by_region(chronicle.metrics, chronicle)
    trained = _by_region(chronicle.training[chronicle.training["trained"]], chronicle)
    return [_card(chronicle, lane, shares[lane.number], measured, trained) for lane in lanes]


def _card(
    chronicle: Chronicle,
    lane: Lane,
    shares: FloatArray,
    measured: dict[str, pd.DataFrame],
    trained: dict[str, pd.DataFrame],
) -> dict[str, Any]:
    first, last = lane.born, lane.spans[-1][1]
    force = chronicle.in_force[last]
    regions = chronicle.sets[str(force)]
    row = regions.index(lane.region)
    metrics = measured.get(lane.region)
    return {
        "id": lane.region,
        "state": lane.state,
        "successor": lane.successor,
        "spans": [list(span) for span in lane.spans],
        "parents": list(lane.parents),
        "description": description_document(chronicle.descriptions.get(lane.region)),
        "last_seen": regions.last_seen[row],
        "weight": rounded(regions.counts_[row], 1),
        "radius": rounded(np.degrees(regions.radii_[row]), 2),
        "concentration": significant(float(regions.concentrations_[row])),
        "shares": column(shares[first : last + 1]),
        **{name: _series(metrics, part, first, last) for name, part in PARTS.items()},
        "trained": _training(trained.get(lane.region)),
    }


def _by_region(table: pd.DataFrame, chronicle: Chronicle) -> dict[str, pd.DataFrame]:
    placed = table.assign(place=table["snapshot"].map(chronicle.places))
    return {str(region): rows for region, rows in placed.groupby("region", sort=False)}


def _series(metrics: pd.DataFrame | None, part: str, first: int, last: int) -> dict[str, list[Any]]:
    """Recall and windows; None on nights that measured nothing."""
    if metrics is None:
        return {"recall": [], "windows": []}
    rows = metrics[metrics["part"] == part].set_index("place").reindex(range(first, last + 1))
    if not rows["recall"].notna().any():
        return {"recall": [], "windows": []}
    return {name: column(rows[name]) for name in ("recall", "windows")}


def _training(rows: pd.DataFrame | None) -> list[list[Any]]:
    if rows is None:
        return []
    columns = [rows[name].tolist() for name in ("place", *TRAINING)]
    return [[significant(value) for value in row] for row in zip(*columns, strict=True)]
