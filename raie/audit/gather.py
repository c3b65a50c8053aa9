"""The chronicle gathered from tags, archive and cache."""

from itertools import groupby
from pathlib import Path

import numpy as np
import pandas as pd

from raie.archive.archive import Archive, open_archive
from raie.audit.chronicle import Chronicle, Members
from raie.audit.words import describe_regions
from raie.regions.regionset import RegionSet
from raie.snapshots.cached import cached_files
from raie.snapshots.history import ledger_entries
from raie.snapshots.ids import date_of
from raie.snapshots.ledger import replay
from raie.snapshots.tags import resolve

ENCODINGS, REGIONS = "data/regions/memory/encodings.npy", "data/regions/memory/regions.npy"
ROLLBACK = "restore"
"""Kind of a night that goes back."""
MAX_DOTS = 250
"""Members of a region that the map shows."""


def read_chronicle(repository: Path, as_of: str | None) -> Chronicle:
    """Gather what is known up to a snapshot; the newest by default.

    What is not in git alone, members and descriptions, is left out where DVC's cache does not hold it.

    Raises
    ------
    MissingError
        If there is no such snapshot.
    RefusedError
        If the ledger's chain is broken.
    """
    newest = resolve(repository, as_of)
    archive = open_archive(repository)
    nights = nights_until(archive.snapshots(), newest)
    sets = region_sets(repository, nights)
    gates = archive.gates()
    return Chronicle(
        nights=nights,
        edits=archive.edits(as_of=newest),
        metrics=archive.region_metrics(as_of=newest),
        training=archive.training(as_of=newest),
        gates=gates[gates["ref"].isin(nights["ref"])],
        sets=sets,
        restored=_restored(archive, nights),
        members=_members(repository, nights),
        descriptions=describe_regions(repository, sets),
    )


def nights_until(snapshots: pd.DataFrame, as_of: str) -> pd.DataFrame:
    """Rows up to a snapshot, and the candidates refused until its date; numbered from 0."""
    refused = snapshots["status"] == "refused"
    place = int(np.flatnonzero(~refused & (snapshots["snapshot"] == as_of))[0])
    early = np.arange(len(snapshots)) <= place
    early |= refused.to_numpy() & (snapshots["date"] <= date_of(as_of)).to_numpy()
    return snapshots[early].reset_index(drop=True)


def region_sets(repository: Path, nights: pd.DataFrame) -> dict[str, RegionSet]:
    """Region set of every snapshot, by replaying the ledger; its chain is checked on the way."""
    snapshots = nights.loc[nights["status"] != "refused", "snapshot"].tolist()
    entries = ledger_entries(repository, as_of=snapshots[-1])
    runs = {name: list(run) for name, run in groupby(entries, key=lambda entry: str(entry["snapshot"]))}
    first = next(iter(runs.values()))[0]
    regions, sets = RegionSet.empty(len(first["edit"]["increment"])), {}
    for snapshot in snapshots:
        regions = sets[snapshot] = replay(runs.get(snapshot, ()), regions)
    return sets


def _restored(archive: Archive, nights: pd.DataFrame) -> dict[str, tuple[str, str | None]]:
    """Where each rollback went back to, as its manifest says."""
    refs = nights.loc[nights["kind"] == ROLLBACK, "ref"]
    found = {str(ref): archive.manifest(ref)["night"] for ref in refs}
    return {ref: (night["restored"], night["restored_region"]) for ref, night in found.items()}


def _members(repository: Path, nights: pd.DataFrame) -> dict[int, Members]:
    promoted = nights[nights["status"] != "refused"]
    beginnings = promoted.drop_duplicates("generation").set_index("snapshot")["generation"].to_dict()
    files = cached_files(repository, beginnings, ENCODINGS, REGIONS)
    return {
        int(generation): _some(files[snapshot, ENCODINGS], files[snapshot, REGIONS])
        for snapshot, generation in beginnings.items()
        if {(snapshot, ENCODINGS), (snapshot, REGIONS)} <= files.keys()
    }


def _some(encodings: Path, regions: Path) -> Members:
    """Members spread evenly over each region's memory."""
    names = np.load(regions, allow_pickle=False)
    rows = [np.flatnonzero(names == name) for name in np.unique(names)]
    kept = np.sort(np.concatenate([each[:: -(-len(each) // MAX_DOTS)] for each in rows]))
    return Members(np.load(encodings, allow_pickle=False)[kept], names[kept])
