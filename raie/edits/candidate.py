"""A candidate region out of the pool, and the scores it is judged by."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from raie.edits.decide import expanded
from raie.edits.evidence import Evidence
from raie.params import EditParams
from raie.regions.geometry import FloatArray, IntArray, angles
from raie.regions.posterior import region_posterior
from raie.regions.regionset import RegionSet
from raie.regions.vmf import log_density, profile_log_likelihood


@dataclass(frozen=True, eq=False)
class Candidate:
    """Rows of the evidence that might be a region of their own.

    Attributes
    ----------
    members : (n,) int64
    resultant, center : (d,) float64
    nearest : int
        Row of the region set whose center is nearest.
    scores : dict of str to float
        Each measure next to its threshold.
    accepted : bool
        Every measure passed.
    """

    members: IntArray
    resultant: FloatArray
    center: FloatArray
    nearest: int
    scores: Mapping[str, float]
    accepted: bool


def judge(members: IntArray, regions: RegionSet, evidence: Evidence, *, params: EditParams) -> Candidate:
    """Score a candidate against the regions there are.

    It is accepted where all three hold:

    - `bic_gain` > `min_bic_gain`: see `bic_gain`;
    - `beyond_share` >= `min_beyond_share`: of all rows tonight that lie nearer to its center than to any
      region's, this share lies beyond (1 + expansion) R of its region. A region that drifts moderately
      fails here: its members are mostly within;
    - `novelty` >= `min_novelty`: see `novelty`.
    """
    resultant = evidence.rows[members].sum(axis=0)
    center = resultant / np.linalg.norm(resultant)
    to_regions = angles(center[None], regions.centers_)[0]
    nearest = int(to_regions.argmin())
    scores = {
        "bic_gain": bic_gain(evidence.rows[members], regions),
        "beyond_share": beyond_share(center, regions, evidence, params=params),
        "novelty": novelty(center, regions, evidence),
    }
    accepted = (
        scores["bic_gain"] > params.min_bic_gain
        and scores["beyond_share"] >= params.min_beyond_share
        and scores["novelty"] >= params.min_novelty
    )
    described = {
        "min_bic_gain": params.min_bic_gain,
        "min_beyond_share": params.min_beyond_share,
        "min_novelty": params.min_novelty,
        "angle_to_nearest": float(to_regions[nearest]),
        "radius_of_nearest": float(regions.radii_[nearest]),
    }
    return Candidate(members, resultant, center, nearest, {**scores, **described}, accepted)


def captured(encodings: FloatArray, center: FloatArray, regions: RegionSet) -> FloatArray:
    """1 for every encoding nearer to `center` than to the center of any region, else 0: (n, d) -> (n,)."""
    to_regions = (encodings @ regions.centers_.T).max(axis=1)
    return np.asarray(encodings @ center > to_regions, dtype=np.float64)


def bic_gain(members: FloatArray, regions: RegionSet) -> float:
    """Gain in BIC (nats; penalty p/2 log n) of a new vMF component for these members.

    With the component: its own fit, its share n / (T + n) of all evidence T + n, the share the regions lose
    by it, and d + 1 parameters. Without it, the better of two accounts of the members: the mixture as it is;
    or the directions of their nearest regions with one concentration refitted to them (one parameter). The
    second makes a candidate earn its place by its direction: members that are only a region's heavy tail
    lie around that region's direction, and a smaller concentration explains them as well.
    """
    n, dim = len(members), regions.dim
    total = float(regions.counts_.sum()) + n
    length = float(np.linalg.norm(members.sum(axis=0))) / n
    fit = float(profile_log_likelihood(length, n, dim=dim))
    shares = n * np.log(n / total) + (total - n) * np.log((total - n) / total)
    with_it = fit + float(shares) - 0.5 * (dim + 1) * float(np.log(total))
    return with_it - max(_present_mixture(members, regions), _refitted(members, regions, total))


def _present_mixture(members: FloatArray, regions: RegionSet) -> float:
    densities = log_density(members, regions.centers_, regions.concentrations_)
    return float((np.log(regions.mixture_weights_) + densities).max(axis=1).sum())


def _refitted(members: FloatArray, regions: RegionSet, total: float) -> float:
    n, dim = len(members), regions.dim
    cosines = members @ regions.centers_.T
    nearest = cosines.argmax(axis=1)
    length = max(float(cosines[np.arange(n), nearest].mean()), 0.0)
    shares = float(np.log(regions.mixture_weights_[nearest]).sum())
    return float(profile_log_likelihood(length, n, dim=dim)) + shares - 0.5 * float(np.log(total))


def beyond_share(center: FloatArray, regions: RegionSet, evidence: Evidence, *, params: EditParams) -> float:
    """Of tonight's rows (the pool's too) that the center captures, the share beyond every expanded radius."""
    near = evidence.rows[captured(evidence.rows, center, regions) > 0]
    if not len(near):
        return 0.0
    nearest = region_posterior(near, regions, sharpness=params.posterior_sharpness)
    return float(np.mean(nearest.angle > expanded(regions.radii_[nearest.region], params)))


def novelty(center: FloatArray, regions: RegionSet, evidence: Evidence) -> float:
    """How many times more incoming encodings the center captures than the regions' memories predict.

    The prediction takes each region's capture rate in its memory (with one hit in twenty encodings added)
    and tonight's number of encodings per region, so that neither a standing tail of a region nor a night on
    which that region is busy looks new. Two standard deviations (Poisson) are taken off the number captured.
    """
    incoming = evidence.rows[evidence.n_pooled :]
    homes = evidence.decisions.region[evidence.n_pooled :]
    n_regions = int(max(homes.max(initial=0), evidence.memory_regions.max(initial=0))) + 1
    hits = np.bincount(
        evidence.memory_regions, captured(evidence.memory, center, regions), minlength=n_regions
    )
    rates = (hits + 1.0) / (np.bincount(evidence.memory_regions, minlength=n_regions) + 20.0)
    expected = float(rates @ np.bincount(homes, minlength=n_regions))
    found = float(captured(incoming, center, regions).sum())
    return max(found - 2.0 * float(np.sqrt(found)), 0.0) / expected if expected > 0 else 0.0
