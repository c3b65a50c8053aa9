"""Groups of windows that are alike: a partition by a seed of its own, in the space of RAIE's regions."""

from dataclasses import dataclass

import numpy as np

from raie.backbones.protocol import Backbone
from raie.encodings.encode import encode
from raie.exceptions import UsageError
from raie.experiments.isolation.question import Isolation
from raie.experiments.periods.split import Parts
from raie.regions.kmeans import spherical_kmeans
from raie.sequences.windows import Windows, concatenate

ENCODED_AT_ONCE = 256


@dataclass(frozen=True, eq=False)
class Groups:
    """Directions among the encodings of the frozen backbone; the first group is the largest.

    Attributes
    ----------
    backbone : Backbone
    centers : (n, d) float64
    """

    backbone: Backbone
    centers: np.ndarray

    def holds(self, group: int, windows: Windows) -> np.ndarray:
        """Tell which windows are of a group, (N,) bool: those nearest to its center."""
        encodings = encode(self.backbone, windows, batch_size=ENCODED_AT_ONCE)
        nearest = np.argmax(encodings.astype(np.float64) @ self.centers.T, axis=1)
        return np.asarray(nearest == group)

    def scored(self, group: int, parts: Parts, number: int) -> np.ndarray:
        """Tell which of the windows that are scored at a part, counted from 1, are of a group, (N,) bool.

        Raises
        ------
        UsageError
            If all are or none is.
        """
        inside = self.holds(group, parts.parts[number - 1].scored)
        if inside.all() or not inside.any():
            raise UsageError(
                f"group {group + 1} has {inside.sum()} of the {len(inside)} windows scored at part {number}: "
                "take a longer history of events"
            )
        return inside


def groups_of(backbone: Backbone, parts: Parts, asked: Isolation) -> Groups:
    """Cluster what is scored after Set-up, of all parts and of everybody."""
    windows = concatenate([part.scored for part in parts.parts])
    encodings = encode(backbone, windows, batch_size=ENCODED_AT_ONCE)
    found = spherical_kmeans(encodings, n_clusters=asked.n_groups, seed=asked.seed)
    return Groups(backbone, found.centers_)
