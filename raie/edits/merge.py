"""Merge: two regions that have become one taste."""

import numpy as np

from raie.edits.apply import apply
from raie.edits.edit import Edit
from raie.params import EditParams
from raie.regions.geometry import angles
from raie.regions.regionset import RegionSet
from raie.regions.vmf import mixture_bic


def merge(regions: RegionSet, *, params: EditParams, snapshot: str, date: str) -> tuple[Edit, ...]:
    """Edits that merge regions, the closest pair first, until no pair passes.

    A pair passes where its centers are closer than `merge_angle` and one component has at least the BIC of
    two, computed from resultants and counts. The older region survives, its radius covering the other's.
    """
    edits: list[Edit] = []
    while (edit := _closest(regions, params)) is not None:
        edits.append(edit)
        regions = apply(regions, edit, snapshot=snapshot, date=date)
    return tuple(edits)


def _closest(regions: RegionSet, params: EditParams) -> Edit | None:
    apart = angles(regions.centers_, regions.centers_)
    pairs = np.argwhere(np.triu(apart < params.merge_angle, k=1))
    for one, other in sorted(pairs.tolist(), key=lambda pair: float(apart[pair[0], pair[1]])):
        gain = _gain(regions, [one, other])
        if gain >= 0:
            scores = {"angle": float(apart[one, other]), "merge_angle": params.merge_angle, "bic_gain": gain}
            survivor, absorbed = sorted((one, other), key=lambda row: _serial(regions.ids[row]))
            return _edit(regions, survivor, absorbed, scores)
    return None


def _gain(regions: RegionSet, rows: list[int]) -> float:
    resultants, counts = regions.resultants_[rows], regions.counts_[rows]
    as_one = mixture_bic(resultants.sum(axis=0, keepdims=True), counts.sum(keepdims=True))
    return as_one - mixture_bic(resultants, counts)


def _edit(regions: RegionSet, survivor: int, absorbed: int, scores: dict[str, float]) -> Edit:
    return Edit(
        operation="merge",
        region=regions.ids[survivor],
        parents=(regions.ids[absorbed],),
        retained=1.0,
        increment=regions.resultants_[absorbed],
        weight=float(regions.counts_[absorbed]),
        radius=float(max(regions.radii_[survivor], regions.radii_[absorbed])),
        n_sequences=0,
        scores=scores,
    )


def _serial(region_id: str) -> int:
    return int(region_id.lstrip("r"))
