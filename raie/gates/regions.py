"""The gate on regions: identity, geometry, and the set as a whole."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from raie.backbones.files import CONFIG
from raie.gates.datastore import datastore_suite
from raie.gates.judgement import Suite
from raie.gates.layout import BACKBONE, REGIONS
from raie.gates.reading import read_json, readable
from raie.gates.rules import between, distinct, matching, none, rows
from raie.gates.run import Run
from raie.gates.storedregions import NUMBERS, VECTORS, StoredRegions
from raie.gates.succession import succession_suite
from raie.params import RegionGateParams

AGAIN = "run the stage edit again"
ROUNDING = 1e-6


def region_suites(run: Run) -> Iterator[Suite]:
    """Draw the suites: ids, shapes of the arrays, every region, what became of those before, what each saw.

    Raises
    ------
    RaieError
        If a file is missing or cannot be read.
    """
    regions = StoredRegions.load(run.data / REGIONS)
    yield _ids(regions)
    yield _shapes(regions, _dim(run))
    yield _geometry(regions, run.params.gates.regions)
    yield succession_suite(run, regions)
    yield datastore_suite(run, regions, _dim(run))


def _ids(regions: StoredRegions) -> Suite:
    rules = [
        rows("no region is left", "keep the snapshot before, or retrain", at_least=1),
        distinct("id", "stands twice", AGAIN),
        matching("id", r"^r\d{4,}$", "is no region id", AGAIN),
    ]
    frame = pd.DataFrame({"id": pd.Series(regions.ids, dtype="str")}).rename_axis("row")
    return Suite("region_ids", rules, frame, {"regions": len(regions.ids)})


def _shapes(regions: StoredRegions, dim: int) -> Suite:
    shapes = {name: array.shape for name, array in regions.arrays.items()}
    columns = {
        "surplus": [shape[0] - len(regions.ids) if shape else -1 for shape in shapes.values()],
        "dim": [(*shape[1:], -1)[0] if name in VECTORS else dim for name, shape in shapes.items()],
        "not_finite": [np.count_nonzero(~np.isfinite(array)) for array in regions.arrays.values()],
    }
    rules = [
        none("surplus", "is not 0: there is not one row per region", AGAIN),
        between("dim", dim, dim, f"is not the backbone's {dim}", AGAIN),
        none("not_finite", "is not 0: values are not finite", AGAIN),
    ]
    return Suite("region_arrays", rules, pd.DataFrame(columns, index=list(shapes)))


def _geometry(regions: StoredRegions, gate: RegionGateParams) -> Suite:
    resultants, centers, radii, counts, concentrations, weights = (
        regions.arrays[name] for name in ("resultants_", "centers_", *NUMBERS)
    )
    norms, lengths = (np.linalg.norm(rows, axis=1) for rows in (centers, resultants))
    frame = pd.DataFrame(
        {
            "center_norm": norms,
            "center_off": 1
            - np.einsum("kd,kd->k", centers, resultants) / np.maximum(norms * lengths, 1e-300),
            "radius": radii,
            "count": counts,
            "concentration": concentrations,
            "mixture_weight": weights,
        },
        index=pd.Index(regions.ids, name="region"),
    )
    few = f"is less than gates.regions.min_count = {gate.min_count:g}"
    rules = [
        between("center_norm", 1 - ROUNDING, 1 + ROUNDING, "is not 1", AGAIN),
        between("center_off", None, ROUNDING, "is not 0: the center is not its members' direction", AGAIN),
        between("radius", 0, np.pi, "does not lie between 0 and pi", AGAIN, strictly=True),
        between("count", gate.min_count, None, few, AGAIN),
        between("concentration", 0, None, "is not positive", AGAIN, strictly=True),
        between("mixture_weight", 0, 1, "is no share", AGAIN),
    ]
    return Suite("regions", rules, frame)


def _dim(run: Run) -> int:
    name = f"{BACKBONE}/{CONFIG}"
    config = read_json(run.data / name, name)
    with readable(name):
        return int(config["dim"])
