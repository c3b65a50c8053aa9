"""The edits with which a new generation begins: who goes on, who is new, who ends."""

from dataclasses import replace

import numpy as np

from raie.edits.apply import construct_edits
from raie.edits.edit import Edit
from raie.regions.lineage import Lineage
from raie.regions.regionset import RegionSet


def succession_edits(
    built: RegionSet, lineage: Lineage, before: RegionSet, *, generation: int, radius_quantile: float
) -> tuple[Edit, ...]:
    """Describe a retrain: their fold over the set before it is the set of the new generation.

    First every region that ends, then the new generation's regions by id: those renewed, those new.

    Parameters
    ----------
    built : RegionSet
        Freshly constructed; its ids are replaced by the lineage's.
    lineage : Lineage
        From `before` to `built`.
    before : RegionSet
        The regions that the retrain replaces.
    generation : int
        Number of the generation that begins.
    radius_quantile : float
        That of the new radii.
    """
    renewed = set(lineage.predecessor.tolist())
    ended = [_end(row, lineage, before, generation) for row in range(len(before)) if row not in renewed]
    fresh = construct_edits(built, radius_quantile=radius_quantile)
    begun = [_begin(edit, row, lineage, before, generation) for row, edit in enumerate(fresh)]
    return (*ended, *sorted(begun, key=lambda edit: int(edit.region.lstrip("r"))))


def _begin(fresh: Edit, row: int, lineage: Lineage, before: RegionSet, generation: int) -> Edit:
    kept, parents = int(lineage.predecessor[row]), lineage.parents(row)
    moved = {"angle_moved": float(lineage.angles[row, kept])} if kept >= 0 else {}
    sources = [kept, *parents] if kept >= 0 else parents
    shares = {
        f"{name}_{before.ids[old]}": float(values[row, old])
        for old in sources
        for name, values in (("share_of", lineage.share_of), ("share_from", lineage.share_from))
    }
    about = {"generation": float(generation), "lineage_min_share": lineage.min_share}
    return replace(
        fresh,
        operation="renew" if kept >= 0 else "construct",
        region=lineage.ids[row],
        parents=tuple(before.ids[old] for old in parents),
        scores={**fresh.scores, **about, **moved, **shares},
    )


def _end(old: int, lineage: Lineage, before: RegionSet, generation: int) -> Edit:
    """Why no new region goes on as this one: the most that any shares with it, seen from both."""
    common = np.minimum(lineage.share_of[:, old], lineage.share_from[:, old])
    nearest = int(lineage.share_of[:, old].argmax())
    return Edit(
        operation="end",
        region=before.ids[old],
        parents=(),
        retained=0.0,
        increment=np.zeros(before.dim),
        weight=0.0,
        radius=float(before.radii_[old]),
        n_sequences=0,
        scores={
            "generation": float(generation),
            "lineage_min_share": lineage.min_share,
            "most_in_common": float(common.max()),
            "largest_share_of": float(lineage.share_of[nearest, old]),
            "share_from": float(lineage.share_from[nearest, old]),
            "angle": float(lineage.angles[nearest, old]),
        },
    )
