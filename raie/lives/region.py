"""One region's whole life: its entries, its training, its Recall, what it recommended."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from raie.archive.archive import Archive
from raie.exceptions import MissingError
from raie.lives.asof import snapshots_until
from raie.lives.entries import Row, region_entries
from raie.lives.itemtable import Items
from raie.lives.life import Life, lives
from raie.lives.remembered import describe_regions
from raie.lives.served import served_by

_BEGET = ("add", "construct", "renew")
"""Operations whose parents are regions that the subject came from."""


def region_document(
    repository: Path, archive: Archive, region: str, *, as_of: str, items: Items
) -> dict[str, Any]:
    """Tell a region's life up to a snapshot.

    Parameters
    ----------
    repository : Path
    archive : Archive
    region : str
        Its id.
    as_of : str
        Id of a snapshot that exists.
    items : Items
        Titles and genres.

    Returns
    -------
    dict
        as_of; life (`raie.lives.life.Life`); seen (the last snapshot that held it); description
        (`raie.lives.description.Description`) and recommended (`raie.lives.served.Served`) as of then, None
        where its data is not at hand; edits, training, recall, children and absorbed, a list of rows each;
        notices, lines that say what is not at hand.

    Raises
    ------
    MissingError
        If the ledger up to then names no such region.
    """
    edits = archive.edits(region=region, as_of=as_of)
    own = [life for life in lives(edits) if life.region == region]
    if not own:
        raise MissingError(f"no region {region} up to {as_of}: see raie history for all of them")
    seen = _seen(archive, own[0], as_of)
    document = {
        "as_of": as_of,
        "life": asdict(own[0]),
        "seen": seen,
        **_from_data(repository, seen, region, items),
        "edits": region_entries(edits),
        "training": _rows(archive.training(as_of=as_of, region=region)),
        "recall": _recall(archive.region_metrics(as_of=as_of, region=region)),
    }
    return {**document, "children": _children(edits, region), "absorbed": _absorbed(edits, region)}


def _seen(archive: Archive, life: Life, as_of: str) -> str:
    """Last snapshot that held the region."""
    if life.ended is None:
        return as_of
    return str(snapshots_until(archive, life.ended)["snapshot"].iloc[-2])


def _from_data(repository: Path, snapshot: str, region: str, items: Items) -> dict[str, Any]:
    """What only the snapshot's data can tell, if it is at hand."""
    found: dict[str, Any] = {"description": None, "recommended": None, "notices": []}
    try:
        described = describe_regions(repository, snapshot, items).get(region)
        found["description"] = None if described is None else asdict(described)
        found["recommended"] = asdict(served_by(repository, snapshot, region, items))
    except MissingError as error:
        found["notices"].append(str(error))
    return found


def _rows(table: pd.DataFrame) -> list[Row]:
    """Rows of one region, without its name, as JSON has them."""
    records = table.drop(columns="region").astype(object).to_dict("records")
    return [{name: _plain(value) for name, value in record.items()} for record in records]


def _plain(value: Any) -> Any:
    return None if pd.isna(value) else value


def _recall(metrics: pd.DataFrame) -> list[Row]:
    """One row per snapshot: windows and Recall of each part of the metrics."""
    rows: dict[str, Row] = {}
    for row in _rows(metrics):
        told = rows.setdefault(row["snapshot"], {"snapshot": row["snapshot"]})
        told[row["part"]] = row["recall"]
        told[f"{row['part']}_windows"] = row["windows"]
    return list(rows.values())


def _children(edits: pd.DataFrame, region: str) -> list[Row]:
    born = edits[edits["operation"].isin(_BEGET) & (edits["region"] != region)]
    columns = (born["snapshot"], born["operation"], born["region"])
    return [
        {"snapshot": snapshot, "operation": operation, "region": child}
        for snapshot, operation, child in zip(*columns, strict=True)
    ]


def _absorbed(edits: pd.DataFrame, region: str) -> list[Row]:
    merged = edits[(edits["operation"] == "merge") & (edits["region"] == region)]
    return [
        {"snapshot": snapshot, "region": parent}
        for snapshot, parents in zip(merged["snapshot"], merged["parents"], strict=True)
        for parent in parents
    ]
