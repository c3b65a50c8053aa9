"""The gate on adapters: one for each region, whole, finite, small, and untouched where none trained."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from raie.adapters.files import OWNED
from raie.adapters.norms import relative_norms
from raie.datastore.files import HABITS, ODDS, TRUST
from raie.gates.frozen import FrozenBackbone, other_digest
from raie.gates.judgement import Suite
from raie.gates.layout import ADAPTERS, BACKBONE, REGIONS, TRAINING_LOG
from raie.gates.reading import read_json, read_tensors, readable
from raie.gates.rules import between, none, present, rows
from raie.gates.run import Run
from raie.gates.storedadapters import StoredAdapter, expected_shapes, folders_in
from raie.gates.storedregions import StoredRegions
from raie.snapshots.digests import file_digest

AGAIN = "run the stage adapt again"


def adapter_suites(run: Run) -> Iterator[Suite]:
    """Draw the suites: an adapter for each region, the base below, every adapter, every layer's norm, odds.

    Raises
    ------
    RaieError
        If a file is missing or cannot be read.
    """
    log = _log(run)
    yield _folders(run, log)
    backbone = FrozenBackbone.load(run.data / BACKBONE)
    yield _base(run, backbone)
    adapters = {name: StoredAdapter.load(run.data / ADAPTERS, name) for name in sorted(log)}
    yield _tensors(run, adapters, log, backbone)
    yield _norms(adapters, backbone, run.params.gates.adapters.max_norm)
    yield _odds(run, sorted(log))


def _log(run: Run) -> dict[str, bool]:
    """Whether each region's adapter trained, as the stage adapt says."""
    document = read_json(run.data / TRAINING_LOG, TRAINING_LOG)
    with readable(TRAINING_LOG):
        return {name: bool(entry["trained"]) for name, entry in document.items()}


def _source(run: Run, region_id: str) -> Path:
    """Where an adapter lies that did not train."""
    back = run.night.kind == "restore" and run.night.restored_region in (None, region_id)
    return (run.restored if back else run.start) / ADAPTERS


def _folders(run: Run, log: Mapping[str, bool]) -> Suite:
    regions = StoredRegions.load(run.data / REGIONS).ids
    folders = folders_in(run.data / ADAPTERS)
    names = sorted({*regions, *folders, *log})
    columns = {
        "regions": [int(name in regions) for name in names],
        "adapters": [int(folders.get(name, False)) for name in names],
        "logged": [int(name in log) for name in names],
    }
    rules = [
        rows("there are no regions", "keep the snapshot before, or retrain", at_least=1),
        between("regions", 1, None, "is not 1: the adapter belongs to no region", AGAIN),
        between("adapters", 1, None, "is not 1: the region has no adapter, or not all of its files", AGAIN),
        between("logged", 1, None, f"is not 1: {TRAINING_LOG} does not mention it", AGAIN),
    ]
    counts = {"adapters": sum(columns["adapters"]), "trained": sum(log.values())}
    return Suite(
        "adapter_folders", rules, pd.DataFrame(columns, index=pd.Index(names, name="region")), counts
    )


def _base(run: Run, backbone: FrozenBackbone) -> Suite:
    """Expect the backbone that carried-over adapters were trained on."""
    rules = [none("other_digest", "is not 0: adapters carried over belong to another backbone", "retrain")]
    frame = pd.DataFrame({"other_digest": [other_digest(run, backbone)]}, index=["base"])
    return Suite("adapter_base", rules, frame, {"base_digest": backbone.digest})


def _tensors(
    run: Run, adapters: Mapping[str, StoredAdapter], log: Mapping[str, bool], backbone: FrozenBackbone
) -> Suite:
    targets = sorted({target for adapter in adapters.values() for target in adapter.targets})
    table = []
    for name, adapter in adapters.items():
        expected = expected_shapes(backbone.tensors, targets, adapter.rank)
        found = {key: tensor.shape for key, tensor in adapter.state.items()}
        table.append(
            {
                "missing": len(expected.keys() - found.keys()),
                "unknown": len(found.keys() - expected.keys()),
                "other_base": int(adapter.base not in ("", backbone.digest)),
                "misshapen": sum(found[key] != expected[key] for key in found.keys() & expected.keys()),
                "not_finite": sum(int(np.count_nonzero(~np.isfinite(t))) for t in adapter.state.values()),
                "changed_files": 0 if log[name] else _changed_files(run, name),
            }
        )
    rules = [
        none("missing", "is not 0: tensors are missing", AGAIN),
        none("unknown", "is not 0: tensors sit on no target layer", AGAIN),
        none("misshapen", "is not 0: tensors do not fit their layer and rank", AGAIN),
        none("other_base", "is not 0: the adapter was made for another backbone", "retrain"),
        none("not_finite", "is not 0: values are not finite", "lower adapters.learning_rate"),
        none("changed_files", "is not 0: files differ from the previous, yet nothing was trained", AGAIN),
    ]
    return Suite("adapters", rules, pd.DataFrame(table, index=pd.Index(adapters, name="region")))


def _changed_files(run: Run, region_id: str) -> int:
    then, now = _source(run, region_id), run.data / ADAPTERS
    if not run.goes_on or not folders_in(then).get(region_id):
        return 0
    files = ([folder / region_id / name for name in OWNED] for folder in (then, now))
    return sum(_digest(before) != _digest(after) for before, after in zip(*files, strict=True))


def _digest(file: Path) -> str | None:
    return file_digest(file) if file.is_file() else None


def _odds(run: Run, regions: Sequence[str]) -> Suite:
    """Expect the habits and trust of every region that has learnt any to fit histories, and to be numbers."""
    length, table = run.params.sequences.length, {}
    for name in regions:
        file, place = run.data / ADAPTERS / name / ODDS, f"{ADAPTERS}/{name}/{ODDS}"
        if file.is_file():
            held = read_tensors(file, place)
            shapes = {key: tensor.shape for key, tensor in held.items()}
            table[name] = {
                "misshapen": int(shapes != {HABITS: (length,), TRUST: (3,)}),
                "not_finite": sum(int(np.count_nonzero(~np.isfinite(tensor))) for tensor in held.values()),
            }
    rules = [
        none("misshapen", f"is not 0: no habits in {length} places and trust", AGAIN),
        none("not_finite", "is not 0: values are not finite", "lower datastore.spread"),
    ]
    frame = pd.DataFrame.from_dict(table, orient="index").reindex(columns=["misshapen", "not_finite"])
    return Suite("adapter_odds", rules, frame.rename_axis("region"), {"odds": len(table)})


def _norms(adapters: Mapping[str, StoredAdapter], backbone: FrozenBackbone, most: float) -> Suite:
    frozen = {name.removesuffix(".weight"): tensor for name, tensor in backbone.tensors.items()}
    norms: dict[str, Any] = {}
    for name, adapter in adapters.items():
        by_layer = relative_norms(adapter.state, frozen, scale=adapter.scale)
        norms |= {f"{name} {layer}": norm for layer, norm in by_layer.items()}
    rules = [
        rows("no adapter has a layer", AGAIN, at_least=len(adapters)),
        present("norm", "is not a number", AGAIN),
        between(
            "norm", None, most, f"exceeds gates.adapters.max_norm = {most:g}", "lower adapters.learning_rate"
        ),
    ]
    frame = pd.DataFrame({"norm": norms}, dtype=np.float64).rename_axis("adapter")
    return Suite("adapter_norms", rules, frame, {"max_norm": max(norms.values(), default=0.0)})
