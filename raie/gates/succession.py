"""What is expected of a region set beside the one before it, and of all that names its regions."""

import json
from typing import Any

import numpy as np
import pandas as pd

from raie.encodings.memory import Memory
from raie.gates.judgement import Suite
from raie.gates.layout import ASSIGNMENTS, EDITS, MEMORY, REGIONS
from raie.gates.reading import readable
from raie.gates.rules import between, none
from raie.gates.run import Run
from raie.gates.storedregions import StoredRegions

AGAIN = "run the stage edit again"
ROUNDING = 1e-6


def succession_suite(run: Run, regions: StoredRegions) -> Suite:
    """Expect shares that sum to 1, few new regions, ids never used before, and no word of strangers.

    Parameters
    ----------
    run : Run
    regions : StoredRegions
        Of distinct ids in their proper form.
    """
    before = StoredRegions.load(run.previous / REGIONS) if run.night.kind != "construct" else None
    added = set(regions.ids) - set(before.ids if before else regions.ids)
    most = run.params.gates.regions.max_added_share
    share = len(added) / len(regions.ids)
    back = _brought_back(run)
    columns = {
        "mixture_sum": float(np.sum(regions.arrays["mixture_weights_"])),
        "added_share": share if run.night.kind == "nightly" else 0.0,
        "reused": sum(_serial(name) < before.next_serial for name in added - back) if before else 0,
        "unissued": sum(_serial(name) >= regions.next_serial for name in regions.ids),
        "homeless": len(_strangers(run, regions)),
        "forgotten": _forgotten(run, regions),
    }
    rules = [
        between("mixture_sum", 1 - ROUNDING, 1 + ROUNDING, "is not 1", AGAIN),
        between(
            "added_share",
            None,
            most,
            f"exceeds gates.regions.max_added_share = {most:g}",
            "look at what was delivered, or raise that bound",
        ),
        none("reused", "is not 0: ids of earlier regions were given to new ones", AGAIN),
        none("unissued", "is not 0: ids lie beyond the next serial number", AGAIN),
        none("homeless", "is not 0: sequences are assigned to regions that do not exist", AGAIN),
        none("forgotten", "is not 0: remembered windows belong to regions that do not exist", AGAIN),
    ]
    removed = len(set(before.ids) - set(regions.ids)) if before else 0
    counts = {"added": len(added), "removed": removed, "added_share": share}
    return Suite("region_set", rules, pd.DataFrame(columns, index=["regions"]), counts)


def _brought_back(run: Run) -> set[str]:
    """Regions that a person's decision gave their own ids again; no night may."""
    if run.night.kind not in ("restore", "erase"):
        return set()
    return {edit["region"] for edit in _edits(run) if edit["operation"] == "rollback"}


def _edits(run: Run) -> list[dict[str, Any]]:
    with readable(EDITS):
        lines = (run.data / EDITS).read_text(encoding="utf-8").splitlines()
        return [json.loads(line)["edit"] for line in lines]


def _strangers(run: Run, regions: StoredRegions) -> set[str]:
    """Regions that assignments name and that were not there tonight; retired ones were, until the end."""
    if not run.goes_on:
        return set()
    with readable(ASSIGNMENTS):
        named = set(pd.read_parquet(run.data / ASSIGNMENTS, columns=["region"])["region"].astype("str"))
    retired = {edit["region"] for edit in _edits(run) if edit["operation"] == "retire"}
    return named - set(regions.ids) - retired


def _forgotten(run: Run, regions: StoredRegions) -> int:
    with readable(MEMORY):
        return int(np.count_nonzero(~np.isin(Memory.load(run.data / MEMORY).region_ids, list(regions.ids))))


def _serial(region_id: str) -> int:
    return int(region_id.lstrip("r"))
