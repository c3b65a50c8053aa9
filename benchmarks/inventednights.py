"""A year of nights that never happened: edits as a run would make them, folded into real region sets."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from raie.edits.apply import apply, construct_edits
from raie.edits.edit import Edit
from raie.regions.regionset import RegionSet, region_id

FIRST, DIM = date(2024, 1, 1), 64
TOUCHED = 1 / 3
"""Share of the regions that a night touches."""


@dataclass(frozen=True)
class InventedNight:
    """One run: its id, the one before, its edits, and the region sets on both sides of them."""

    snapshot: str
    previous: str | None
    edits: tuple[Edit, ...]
    before: RegionSet
    after: RegionSet


def invent(n_snapshots: int, n_regions: int, rng: np.random.Generator) -> Iterator[InventedNight]:
    """Genesis and the nights after it, one per day; the number of regions stays about the same."""
    previous, regions = None, RegionSet.empty(DIM)
    for number in range(n_snapshots):
        snapshot = (FIRST + timedelta(days=number)).isoformat()
        edits: list[Edit] = []
        after = regions
        planned = _night(regions, n_regions, rng) if number else _genesis(n_regions, rng, snapshot)
        for edit in planned:
            after = apply(after, edit, snapshot=snapshot, date=snapshot)
            edits.append(edit)
        yield InventedNight(snapshot, previous, tuple(edits), regions, after)
        previous, regions = snapshot, after


def _genesis(n_regions: int, rng: np.random.Generator, snapshot: str) -> tuple[Edit, ...]:
    counts = rng.integers(100, 2000, n_regions).astype(float)
    regions = RegionSet.from_statistics(
        ids=tuple(region_id(serial) for serial in range(1, n_regions + 1)),
        parents=((),) * n_regions,
        born=(snapshot,) * n_regions,
        last_seen=(snapshot,) * n_regions,
        next_serial=n_regions + 1,
        resultants=_unit(rng.standard_normal((n_regions, DIM))) * counts[:, None] * 0.8,
        counts=counts,
        radii=rng.uniform(0.2, 0.6, n_regions),
    )
    return construct_edits(regions, radius_quantile=0.9)


def _night(regions: RegionSet, n_regions: int, rng: np.random.Generator) -> list[Edit]:
    edits: list[Edit] = []
    rows = rng.permutation(len(regions))
    for row in np.sort(rows[: round(len(regions) * TOUCHED)]):
        edits.append(_brought(regions, row, "update", int(rng.poisson(30)) + 1, rng))
        if rng.random() < 0.3:
            edits.append(_brought(regions, row, "expand", int(rng.integers(1, 4)), rng))
    untouched = rows[round(len(regions) * TOUCHED) :]
    if rng.random() < 0.2:
        edits.append(_brought(regions, untouched[0], "reject", 0, rng))
    if rng.random() < 0.3 and len(regions) < n_regions * 1.05:
        edits.append(_added(regions, untouched[1], rng))
    if rng.random() < 0.3 and len(regions) > n_regions * 0.95:
        end = _merged if rng.random() < 0.5 else _retired
        edits.append(end(regions, untouched[2:4]))
    return edits


def _brought(
    regions: RegionSet, row: int, operation: str, n_sequences: int, rng: np.random.Generator
) -> Edit:
    drift = _unit(regions.centers_[row] + rng.standard_normal(DIM) * 0.05)
    retained, increment = min(1.0, 5000 / regions.counts_[row]), drift * n_sequences * 0.8
    moved = float(regions.centers_[row] @ _unit(retained * regions.resultants_[row] + increment))
    return Edit(
        operation=operation,  # type: ignore[arg-type]
        region=regions.ids[row],
        parents=(),
        retained=retained,
        increment=increment,
        weight=float(n_sequences),
        radius=float(regions.radii_[row]),
        n_sequences=n_sequences,
        scores={
            "angle_moved": float(np.arccos(np.clip(moved, -1, 1))),
            "mean_angle": float(rng.uniform(0.1, 0.3)),
            "mean_margin": float(rng.uniform(0.5, 1.0)),
            "min_posterior_margin": 0.1,
            "share": float(rng.uniform(0, 0.02)),
        },
    )


def _added(regions: RegionSet, nearest: int, rng: np.random.Generator) -> Edit:
    weight = int(rng.integers(60, 200))
    return Edit(
        operation="add",
        region=region_id(regions.next_serial),
        parents=(regions.ids[nearest],),
        retained=0.0,
        increment=_unit(rng.standard_normal(DIM)) * weight * 0.8,
        weight=float(weight),
        radius=float(rng.uniform(0.2, 0.6)),
        n_sequences=weight,
        scores={"bic_gain": float(rng.uniform(10, 90)), "min_bic_gain": 0.0, "novelty": 2.5},
    )


def _merged(regions: RegionSet, rows: np.ndarray) -> Edit:
    survivor, absorbed = np.sort(rows)
    return Edit(
        operation="merge",
        region=regions.ids[survivor],
        parents=(regions.ids[absorbed],),
        retained=1.0,
        increment=regions.resultants_[absorbed],
        weight=float(regions.counts_[absorbed]),
        radius=float(max(regions.radii_[rows])),
        n_sequences=0,
        scores={"angle": 0.25, "merge_angle": 0.3, "bic_gain": 3.0},
    )


def _retired(regions: RegionSet, rows: np.ndarray) -> Edit:
    return Edit(
        operation="retire",
        region=regions.ids[rows[0]],
        parents=(),
        retained=0.0,
        increment=np.zeros(DIM),
        weight=0.0,
        radius=float(regions.radii_[rows[0]]),
        n_sequences=0,
        scores={"days_unseen": 90.0, "retire_after_days": 90.0},
    )


def _unit(vectors: np.ndarray) -> np.ndarray:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))
