"""A picture of the regions before and after: members and centers on one plane, fitted once on genesis."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from sklearn.decomposition import PCA

from raie.encodings.memory import Memory
from raie.regions.regionset import RegionSet
from raie.snapshots.geometry import load_regions
from raie.snapshots.opened import open_output

COLOURS = plt.get_cmap("tab20").colors


def draw_regions(repository: Path, *, before: str, after: str, out: Path) -> None:
    """Draw the regions of two snapshots side by side into a PNG.

    Both sides use the same plane, the first two principal components of the earlier snapshot's members,
    so that what moved in the picture moved in truth. A region keeps its colour.
    """
    sides = [(name, *_geometry(repository, name)) for name in (before, after)]
    plane = PCA(n_components=2, random_state=0).fit(sides[0][2].encodings)
    figure, axes = plt.subplots(1, 2, figsize=(11, 5), sharex=True, sharey=True, layout="constrained")
    for axis, (name, regions, memory) in zip(axes, sides, strict=True):
        _draw(axis, regions, memory, plane)
        axis.set_title(f"{name}: {len(regions)} regions")
    newborn = [name for name in sides[1][1].ids if name not in sides[0][1].ids]
    figure.suptitle(f"Preference regions before and after (new: {', '.join(newborn) or 'none'})")
    figure.savefig(out, dpi=130)
    plt.close(figure)


def _geometry(repository: Path, snapshot: str) -> tuple[RegionSet, Memory]:
    folder = open_output(repository, snapshot, "regions")
    return load_regions(folder), Memory.load(folder / "memory")


def _draw(axis: Axes, regions: RegionSet, memory: Memory, plane: PCA) -> None:
    for row, region_id in enumerate(regions.ids):
        colour = COLOURS[(int(region_id.lstrip("r")) - 1) % len(COLOURS)]
        members = memory.of(region_id).encodings
        if len(members):
            points = plane.transform(members)
            axis.scatter(points[:, 0], points[:, 1], s=6, alpha=0.35, color=colour, linewidths=0)
        center = plane.transform(regions.centers_[[row]].astype(np.float32))[0]
        axis.scatter(center[0], center[1], s=120, color=colour, edgecolors="black", marker="X", zorder=3)
        label = f"{region_id}  R {np.degrees(regions.radii_[row]):.0f}°"
        axis.annotate(label, center, xytext=(7, 7), textcoords="offset points", fontsize=9, zorder=4)
    axis.set_xlabel("first principal component of genesis")
    axis.set_ylabel("second")
