import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import ive
from scipy.stats import vonmises_fisher

from raie.regions.vmf import (
    _log_bessel_uniform,
    concentration,
    log_density,
    log_normaliser,
    mixture_bic,
    profile_log_likelihood,
)


@pytest.mark.parametrize("dim", [2, 3, 8, 64, 256, 1024])
@pytest.mark.parametrize("kappa", [0.0, 1e-6, 1e-3, 0.1, 1.0, 37.0, 1e3, 1e6, 1e12])
def test_normaliser_is_finite_for_any_concentration(dim, kappa):
    assert np.isfinite(log_normaliser(kappa, dim=dim))


def test_normaliser_in_three_dimensions_has_a_closed_form():
    kappa = np.array([0.01, 0.5, 3.0, 50.0])
    np.testing.assert_allclose(
        log_normaliser(kappa, dim=3), np.log(kappa / (4 * np.pi * np.sinh(kappa))), rtol=1e-12
    )


@pytest.mark.parametrize("dim", [4, 32, 200])
def test_density_integrates_to_one(dim):
    from scipy.special import gammaln

    kappa = 0.7 * dim
    log_slice = np.log(2) + (dim - 1) / 2 * np.log(np.pi) - gammaln((dim - 1) / 2)

    def mass(angle):
        log_density_at = log_normaliser(kappa, dim=dim) + kappa * np.cos(angle)
        return float(np.exp(log_density_at + log_slice + (dim - 2) * np.log(np.sin(angle))))

    assert quad(mass, 1e-9, np.pi - 1e-9, limit=200)[0] == pytest.approx(1, rel=1e-8)


@pytest.mark.parametrize(
    ("order", "kappa"), [(0.0, 1e4), (3.0, 1e3), (31.0, 5.0), (31.0, 90.0), (127.0, 127.0), (127.0, 4e3)]
)
def test_expansion_agrees_with_scipy_where_both_are_usable(order, kappa):
    expected = np.log(ive(order, kappa)) + kappa
    assert _log_bessel_uniform(order, np.array(kappa)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("dim", [16, 512, 1024])
def test_normaliser_is_continuous_where_the_formulas_change(dim):
    kappa = np.concatenate([np.linspace(9e-4, 1.1e-3, 41), np.geomspace(0.1, 3e4, 4000)])
    values = log_normaliser(kappa, dim=dim)
    # d/dkappa log C = -A(kappa), which lies between -1 and 0: no formula may make a jump.
    steps = np.diff(values) / np.diff(kappa)
    assert steps.max() <= 1e-6 and steps.min() >= -1 - 1e-6


def test_density_agrees_with_scipy():
    center = np.eye(16)[0]
    rows = vonmises_fisher(center, 40.0).rvs(20, random_state=1)
    ours = log_density(rows, center[None], np.array([40.0]))[:, 0]
    np.testing.assert_allclose(ours, vonmises_fisher(center, 40.0).logpdf(rows), rtol=1e-9)


@pytest.mark.parametrize(("dim", "kappa"), [(8, 5.0), (64, 100.0), (256, 600.0)])
def test_concentration_is_recovered(dim, kappa):
    rows = vonmises_fisher(np.eye(dim)[0], kappa).rvs(20000, random_state=0)
    length = np.linalg.norm(rows.mean(axis=0))
    assert concentration(length, dim=dim) == pytest.approx(kappa, rel=0.03)


def test_concentration_is_bounded_and_grows_with_the_length():
    lengths = np.linspace(0, 1, 101)
    kappas = concentration(lengths, dim=64)
    assert np.isfinite(kappas).all() and (np.diff(kappas) > 0).all() and kappas[0] == 0


def test_profile_log_likelihood_is_the_sum_of_densities():
    rows = vonmises_fisher(np.eye(16)[0], 40.0).rvs(50, random_state=2)
    total = rows.sum(axis=0)
    length = np.linalg.norm(total)
    kappa = concentration(length / 50, dim=16)
    direct = log_density(rows, (total / length)[None], np.atleast_1d(kappa)).sum()
    assert profile_log_likelihood(length / 50, 50, dim=16) == pytest.approx(direct)


def test_bic_prefers_two_components_for_two_directions_and_one_for_one():
    rows = vonmises_fisher(np.eye(16)[0], 40.0).rvs(400, random_state=3)
    other = vonmises_fisher(np.eye(16)[1], 40.0).rvs(400, random_state=4)

    def gain(one, two):
        apart = np.array([one.sum(axis=0), two.sum(axis=0)])
        counts = np.array([len(one), len(two)], dtype=float)
        together = mixture_bic(apart.sum(axis=0, keepdims=True), counts.sum(keepdims=True))
        return mixture_bic(apart, counts) - together

    assert gain(rows, other) > 0 > gain(rows[:200], rows[200:])
