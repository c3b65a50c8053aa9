"""The von Mises-Fisher distribution on the unit sphere, stable up to a thousand dimensions and more.

Density: C_d(kappa) exp(kappa c.z), with C_d(kappa) = kappa^(d/2-1) / ((2 pi)^(d/2) I_(d/2-1)(kappa)).
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln, ive

from raie.regions.geometry import FloatArray

MAX_RESULTANT_LENGTH = 1.0 - 1e-9
_SMALL_KAPPA = 1e-3


def log_normaliser(kappa: ArrayLike, *, dim: int) -> FloatArray:
    """Log C_d(kappa), elementwise, for kappa >= 0.

    The scaled Bessel function of scipy where it neither under- nor overflows, else the uniform expansion
    for large order (Abramowitz and Stegun 9.7.7), and the first terms of the series near 0.
    """
    kappas = np.asarray(kappa, dtype=np.float64)
    order = dim / 2.0 - 1.0
    safe = np.maximum(kappas, _SMALL_KAPPA)
    regular = order * np.log(safe) - (dim / 2.0) * np.log(2.0 * np.pi) - _log_bessel(order, safe)
    near_zero = gammaln(dim / 2.0) - np.log(2.0) - (dim / 2.0) * np.log(np.pi) - kappas**2 / (2.0 * dim)
    result: FloatArray = np.where(kappas < _SMALL_KAPPA, near_zero, regular)
    return result


def _log_bessel(order: float, kappas: FloatArray) -> FloatArray:
    scaled = ive(order, kappas)
    usable = np.isfinite(scaled) & (scaled > 1e-290)
    exact = np.log(np.where(usable, scaled, 1.0)) + kappas
    result: FloatArray = np.where(usable, exact, _log_bessel_uniform(order, kappas))
    return result


def _log_bessel_uniform(order: float, kappas: FloatArray) -> FloatArray:
    # Written with inverse = 1/hypot instead of 1/order, which stays finite at order 0.
    hypot = np.hypot(order, kappas)
    inverse = 1.0 / hypot
    t2 = (order * inverse) ** 2
    first = inverse * (3.0 - 5.0 * t2) / 24.0
    second = inverse**2 * (81.0 - 462.0 * t2 + 385.0 * t2**2) / 1152.0
    third = inverse**3 * (30375.0 - 369603.0 * t2 + 765765.0 * t2**2 - 425425.0 * t2**3) / 414720.0
    exponent = hypot + order * np.log(kappas / (order + hypot))
    result: FloatArray = exponent - 0.5 * np.log(2.0 * np.pi * hypot) + np.log1p(first + second + third)
    return result


def concentration(resultant_length: ArrayLike, *, dim: int) -> FloatArray:
    """Kappa from the mean resultant length: r (d - r^2) / (1 - r^2) (Banerjee et al. 2005, eq. 4.4).

    Parameters
    ----------
    resultant_length : array of floats
        Mean resultant lengths; clipped to [0, 1 - 1e-9], so that kappa stays finite.
    dim : int
        d, the dimension of the space around the sphere.
    """
    r = np.clip(np.asarray(resultant_length, dtype=np.float64), 0.0, MAX_RESULTANT_LENGTH)
    result: FloatArray = r * (dim - r**2) / (1.0 - r**2)
    return result


def log_density(encodings: FloatArray, centers: FloatArray, concentrations: FloatArray) -> FloatArray:
    """Log density of every encoding under every component: (n, d), (k, d), (k,) -> (n, k)."""
    normalisers = log_normaliser(concentrations, dim=centers.shape[1])
    result: FloatArray = normalisers + (encodings @ centers.T) * concentrations
    return result


def profile_log_likelihood(resultant_length: ArrayLike, weight: ArrayLike, *, dim: int) -> FloatArray:
    """Log-likelihood of a weight of encodings under the vMF fitted to them, from statistics alone.

    weight * (log C_d(kappa) + kappa r) with kappa = `concentration(r)`. With r measured along a given
    direction (the mean of c.z) it is the likelihood when only kappa is fitted.
    """
    r = np.clip(np.asarray(resultant_length, dtype=np.float64), 0.0, MAX_RESULTANT_LENGTH)
    kappa = concentration(r, dim=dim)
    result: FloatArray = np.asarray(weight) * (log_normaliser(kappa, dim=dim) + kappa * r)
    return result


def mixture_bic(resultants: FloatArray, counts: FloatArray) -> float:
    """BIC (larger is better) of a hard partition as a vMF mixture, from its statistics alone.

    Classification log-likelihood sum_k n_k (log C_d(kappa_k) + kappa_k r_k + log(n_k / n)) less
    p/2 log n, where p = K (d + 1) - 1: a direction (d - 1), a kappa and a weight per component.

    Parameters
    ----------
    resultants : (k, d) float64
    counts : (k,) float64, positive
    """
    total, dim = float(counts.sum()), int(resultants.shape[1])
    lengths = np.linalg.norm(resultants, axis=1) / counts
    fit = profile_log_likelihood(lengths, counts, dim=dim) + counts * np.log(counts / total)
    n_parameters = counts.size * (dim + 1) - 1
    return float(fit.sum()) - 0.5 * n_parameters * float(np.log(total))
