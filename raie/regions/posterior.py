"""Which region an encoding belongs to, and how clearly."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from raie.exceptions import UsageError
from raie.regions.geometry import FloatArray, IntArray, angles
from raie.regions.regionset import RegionSet
from raie.regions.vmf import log_density


@dataclass(frozen=True, eq=False)
class Posterior:
    """Nearest region and runner-up of every encoding.

    Attributes
    ----------
    probabilities : (n, K) float64
    region, runner_up : (n,) int64
        Rows of the region set; the runner-up is -1 where there is one region only.
    margin : (n,) float64
        p1 - p2; 1 where there is one region only.
    angle : (n,) float64
        Radians to the center of `region`.
    """

    probabilities: FloatArray
    region: IntArray
    runner_up: IntArray
    margin: FloatArray
    angle: FloatArray


def region_posterior(encodings: FloatArray, regions: RegionSet, *, sharpness: float) -> Posterior:
    """Posterior of the regions: softmax over k of sharpness * (log pi_k + log C_d(kappa_k) + kappa_k c_k.z).

    Often it is written without log C_d(kappa_k). The normaliser is needed: without it the
    region of the largest kappa wins encodings far from every center, because kappa_k c_k.z grows with
    kappa_k alone.

    Parameters
    ----------
    encodings : (n, d) float64, unit rows
    sharpness : float
        beta; below 1 it softens a posterior that many dimensions make too sure of itself.

    Raises
    ------
    UsageError
        If the set holds no region or its dimension differs from the encodings'.
    """
    if not len(regions) or encodings.shape[1] != regions.dim:
        raise UsageError(
            f"encodings of dimension {encodings.shape[1]} meet {len(regions)} regions of dimension "
            f"{regions.dim}: construct the regions from the same backbone"
        )
    densities = log_density(encodings, regions.centers_, regions.concentrations_)
    probabilities: FloatArray = softmax(sharpness * (np.log(regions.mixture_weights_) + densities), axis=1)
    # Ranked on the logits, so that two probabilities that round to 0 or 1 keep their order.
    ranked = np.argsort(-(np.log(regions.mixture_weights_) + densities), axis=1, kind="stable")
    rows = np.arange(encodings.shape[0])
    region = ranked[:, 0]
    first = probabilities[rows, region]
    runner_up = ranked[:, 1] if len(regions) > 1 else np.full(rows.size, -1)
    second = probabilities[rows, runner_up] if len(regions) > 1 else np.zeros(rows.size)
    angle = angles(encodings, regions.centers_)[rows, region]
    return Posterior(probabilities, region, runner_up, first - second, angle)


def known_regions(region_ids: NDArray[np.str_], regions: RegionSet) -> IntArray:
    """Rows of the region set for an array of ids.

    Raises
    ------
    MissingError
        If an id is not in the set.
    """
    names, inverse = np.unique(np.asarray(region_ids, dtype=np.str_), return_inverse=True)
    rows = np.array([regions.index(str(name)) for name in names], dtype=np.int64)
    return rows[inverse]
