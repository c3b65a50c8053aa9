"""The plane: decided by a generation's first centers alone, and never lengthening what it shows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from raie.audit.plane import fit_plane


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def a_set(seed, n_regions, dim=7):
    rng = np.random.default_rng(seed)
    return unit(rng.standard_normal((n_regions, dim))), rng.dirichlet(np.ones(n_regions))


@given(st.integers(0, 10_000), st.integers(1, 9))
def test_axes_are_orthonormal_and_distances_never_grow(seed, n_regions):
    centers, shares = a_set(seed, n_regions)
    plane = fit_plane(centers, shares, a_set(seed + 1, 30)[0])
    np.testing.assert_allclose(plane.axes @ plane.axes.T, np.eye(2), atol=1e-9)
    flat = plane.project(centers)
    far = np.linalg.norm(centers[:, None] - centers[None], axis=2)
    assert (np.linalg.norm(flat[:, None] - flat[None], axis=2) <= far + 1e-9).all()
    assert 0 <= plane.explained <= 1 + 1e-9


@given(st.integers(0, 10_000), st.integers(3, 9), st.randoms(use_true_random=False))
def test_neither_members_nor_the_order_of_regions_change_it(seed, n_regions, random):
    centers, shares = a_set(seed, n_regions)
    order = random.sample(range(n_regions), n_regions)
    plane = fit_plane(centers, shares)
    other = fit_plane(centers[order], shares[order], a_set(seed + 1, 30)[0])
    np.testing.assert_allclose(plane.project(centers), other.project(centers), atol=1e-7)


def test_three_centers_lie_in_their_plane_with_their_true_distances():
    centers, shares = a_set(4, 3)
    plane = fit_plane(centers, shares)
    assert plane.explained == pytest.approx(1)
    flat = plane.project(centers)
    for first, second in ((0, 1), (0, 2), (1, 2)):
        true = np.linalg.norm(centers[first] - centers[second])
        assert np.linalg.norm(flat[first] - flat[second]) == pytest.approx(true)


@pytest.mark.parametrize("n_regions", [1, 2])
def test_too_few_centers_are_filled_up_by_where_members_differ(n_regions):
    centers, shares = a_set(5, n_regions)
    spread = np.zeros(7)
    spread[3] = 1
    members = centers[0] + np.linspace(-1, 1, 40)[:, None] * spread
    seen = fit_plane(centers, shares, members).axes @ spread
    beside = fit_plane(centers, shares).axes @ spread
    assert np.linalg.norm(seen) == pytest.approx(1, abs=1e-6)
    assert np.linalg.norm(beside) < 0.999


def test_no_axis_is_flipped_by_chance():
    centers, shares = a_set(6, 5)
    axes = fit_plane(centers, shares).axes
    assert (axes[np.arange(2), np.abs(axes).argmax(axis=1)] > 0).all()
