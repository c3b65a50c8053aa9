"""The replay: the ledger's edits give the region set, night by night, and the one that is stored."""

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from raie.exceptions import RaieError
from raie.proofs.link import Link
from raie.proofs.mismatch import MismatchError, expect, restore_tag
from raie.regions.regionset import RegionSet, region_digest
from raie.snapshots.geometry import ARRAYS, DOCUMENT
from raie.snapshots.ledger import replay

STATISTICS = ("resultants_", "counts_", "radii_")
"""What edits add up: exact. What follows from it may differ in the last digit on another processor."""


def replay_link(link: Link, regions: RegionSet | None) -> RegionSet | None:
    """Region set after a snapshot's entries, every center's digests checked on the way.

    Parameters
    ----------
    regions : RegionSet or None
        The set before; None before genesis.

    Raises
    ------
    MismatchError
    """
    if not link.entries:
        return regions
    before = regions or RegionSet.empty(len(link.entries[0]["edit"]["increment"]))
    try:
        after = replay(link.entries, before)
    except RaieError as error:
        raise MismatchError(
            link.tag, "its ledger", expected="replayable", found=error, remedy=restore_tag(link.tag)
        ) from error
    for entry in link.entries:
        for key, held in (("center_before", before), ("center_after", after)):
            what = f"{key} of ledger entry {entry['event']}, replayed,"
            expect(link.tag, what, _digest(held, entry["edit"]["region"]), entry[key])
    return after


def check_stored(link: Link, regions: RegionSet | None, files: dict[str, Path]) -> None:
    """Compare the replayed region set with the one that a snapshot stores.

    Parameters
    ----------
    files : dict of str to Path
        Files of ``data/regions``, by their path in it; nothing is compared where they are not here.

    Raises
    ------
    MismatchError
    """
    if regions is None or not {DOCUMENT, ARRAYS} <= files.keys():
        return
    stored = json.loads(files[DOCUMENT].read_text(encoding="utf-8"))
    expect(link.tag, f"data/regions/{DOCUMENT}, replayed from the ledger,", regions.to_document(), stored)
    arrays = load_file(files[ARRAYS])
    for name, rebuilt in regions.to_arrays().items():
        tolerance = 0.0 if name in STATISTICS else 1e-9
        same = rebuilt.shape == arrays[name].shape and np.allclose(
            rebuilt, arrays[name], rtol=tolerance, atol=tolerance
        )
        expect(
            link.tag, f"{name} in data/regions/{ARRAYS}", "as replayed", "as replayed" if same else "another"
        )


def _digest(regions: RegionSet, region: str) -> str | None:
    return region_digest(regions, region) if region in regions.ids else None
