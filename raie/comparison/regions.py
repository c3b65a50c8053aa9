"""Regions that both snapshots hold, side by side."""

from dataclasses import dataclass

from raie.comparison.adapters import adapter_changes
from raie.comparison.state import State
from raie.regions.geometry import angle_between


@dataclass(frozen=True)
class RegionChange:
    """One region in two snapshots; None where the spaces of two generations cannot be compared.

    Attributes
    ----------
    region : str
    moved : float or None
        Angle between its centers, radians.
    radius_before, radius_after : float
        Radians.
    weight_before, weight_after : float
        Weight of its members.
    adapter_norm, adapter_relative : float or None
        See `AdapterChange`.
    """

    region: str
    moved: float | None
    radius_before: float
    radius_after: float
    weight_before: float
    weight_after: float
    adapter_norm: float | None
    adapter_relative: float | None


def region_changes(before: State, after: State) -> list[RegionChange]:
    """Changes of the regions that both hold, those that moved farthest first."""
    both = [region for region in before.regions.ids if region in after.regions.ids]
    one_space = before.generation == after.generation
    adapters = adapter_changes(before, after, both) if one_space else {}
    changes = []
    for region in both:
        old, new = before.regions.index(region), after.regions.index(region)
        centers = before.regions.centers_[old], after.regions.centers_[new]
        adapter = adapters.get(region)
        changes.append(
            RegionChange(
                region=region,
                moved=angle_between(*centers) if one_space else None,
                radius_before=float(before.regions.radii_[old]),
                radius_after=float(after.regions.radii_[new]),
                weight_before=float(before.regions.counts_[old]),
                weight_after=float(after.regions.counts_[new]),
                adapter_norm=adapter.norm if adapter else None,
                adapter_relative=adapter.relative if adapter else None,
            )
        )
    return sorted(changes, key=lambda each: (-(each.moved or 0.0), each.region))
