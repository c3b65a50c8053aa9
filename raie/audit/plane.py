"""The plane on which regions are drawn: fitted once, on the snapshot a generation began with."""

from dataclasses import dataclass

import numpy as np

from raie.regions.geometry import FloatArray

TINY = 1e-9


@dataclass(frozen=True, eq=False)
class Plane:
    """Two orthonormal directions around a middle.

    Attributes
    ----------
    middle : (d,) float64
        Mean of the centers it was fitted on, by their shares.
    axes : (2, d) float64
    explained : float
        Share of the variance between those centers that lies in the plane.
    """

    middle: FloatArray
    axes: FloatArray
    explained: float

    def project(self, vectors: FloatArray) -> FloatArray:
        """Positions (N, 2) of unit vectors (N, d)."""
        return np.asarray((np.asarray(vectors, np.float64) - self.middle) @ self.axes.T)


def fit_plane(centers: FloatArray, shares: FloatArray, members: FloatArray | None = None) -> Plane:
    """Fit the plane in which a generation's first centers differ most.

    Parameters
    ----------
    centers : (K, d)
        Of the generation's first snapshot, so that every night of it is drawn on the same plane.
    shares : (K,)
        Mixture weights.
    members : (N, d), optional
        Encodings of that snapshot's memory. One or two centers span less than a plane: the directions in
        which members differ most fill it up, or else the first coordinates that do.

    Returns
    -------
    Plane
        Each axis points to where its largest coordinate is positive, so that none is flipped by chance.
    """
    middle = shares @ centers / shares.sum()
    _, values, directions = np.linalg.svd(
        (centers - middle) * np.sqrt(shares / shares.sum())[:, None], full_matrices=False
    )
    axes = directions[:2][values[:2] > TINY]
    rest = np.eye(centers.shape[1]) if members is None or not len(members) else members - members.mean(axis=0)
    axes = _filled(axes, np.asarray(rest, np.float64))
    explained = float((values[:2] ** 2).sum() / (values**2).sum()) if values.max() > TINY else 1.0
    return Plane(middle, _upright(axes), explained)


def _filled(axes: FloatArray, candidates: FloatArray) -> FloatArray:
    """Add the candidates' principal directions at right angles to ``axes`` until there are two."""
    missing = 2 - len(axes)
    if not missing:
        return axes
    beside = candidates - candidates @ axes.T @ axes
    _, _, directions = np.linalg.svd(beside, full_matrices=False)
    return np.vstack([axes, directions[:missing]])


def _upright(axes: FloatArray) -> FloatArray:
    largest = axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)]
    return np.asarray(axes * np.sign(largest)[:, None])
