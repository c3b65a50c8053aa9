import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from raie.exceptions import MissingError, UsageError
from raie.params import RegionParams
from raie.regions.construct import construct_regions, member_radius
from raie.regions.geometry import angle_between, weighted_quantile
from raie.regions.posterior import region_posterior
from raie.regions.regionset import RegionSet, region_digest
from raie.regions.select import select_n_regions
from raie.regions.vmf import log_density


@pytest.fixture
def constructed(blobs):
    rows, _ = blobs(3)
    params = RegionParams(n_regions=4, n_init=3)
    return (*construct_regions(rows, params=params, seed=0, snapshot="s0", date="2024-01-01"), rows)


def region_set(resultants, counts, radii=None):
    number = len(counts)
    return RegionSet.from_statistics(
        ids=tuple(f"r{k:04d}" for k in range(1, number + 1)),
        parents=((),) * number,
        born=("s0",) * number,
        last_seen=("2024-01-01",) * number,
        next_serial=number + 1,
        resultants=np.asarray(resultants, dtype=float),
        counts=np.asarray(counts, dtype=float),
        radii=np.full(number, 0.5) if radii is None else np.asarray(radii, dtype=float),
    )


def test_construction_follows_its_definition(constructed):
    regions, labels, rows = constructed
    assert regions.ids == ("r0001", "r0002", "r0003", "r0004") and regions.next_serial == 5
    for k in range(4):
        members = rows[labels == k]
        np.testing.assert_allclose(regions.resultants_[k], members.sum(axis=0))
        assert regions.counts_[k] == len(members)
        inside = np.arccos(members @ regions.centers_[k]) <= regions.radii_[k] + 1e-12
        assert inside.mean() == pytest.approx(0.9, abs=0.011)
    np.testing.assert_allclose(np.linalg.norm(regions.centers_, axis=1), 1)
    assert regions.mixture_weights_.sum() == pytest.approx(1)
    assert (regions.concentrations_ > 60).all() and (regions.concentrations_ < 100).all()


def test_parts_round_trip_bit_for_bit(constructed):
    regions, _, _ = constructed
    document = json.loads(json.dumps(regions.to_document()))
    back = RegionSet.from_parts(regions.to_arrays(), document)
    for name, array in regions.to_arrays().items():
        assert getattr(back, name).tobytes() == array.tobytes()
    assert back.to_document() == regions.to_document()
    assert [region_digest(back, i) for i in back.ids] == [region_digest(regions, i) for i in regions.ids]


def test_state_cannot_be_written(constructed):
    regions, _, _ = constructed
    with pytest.raises(ValueError, match="read-only"):
        regions.centers_[0] = 0
    with pytest.raises(AttributeError):
        regions.ids = ()


def test_digest_depends_on_center_and_radius_alone(constructed):
    regions, _, _ = constructed
    parts = regions.to_arrays()
    parts["radii_"] = parts["radii_"].copy()
    parts["radii_"][1] += 1e-15
    other = RegionSet.from_parts(parts, regions.to_document())
    assert region_digest(other, "r0001") == region_digest(regions, "r0001")
    assert region_digest(other, "r0002") != region_digest(regions, "r0002")
    with pytest.raises(MissingError, match="r0099"):
        region_digest(regions, "r0099")


@pytest.mark.parametrize(
    ("resultant", "count", "radius"),
    [(0.0, 1.0, 0.5), (1.0, 0.0, 0.5), (np.nan, 1, 0.5), (1, 1, 4), (1, 1, -1)],
)
def test_statistics_out_of_range_are_refused(resultant, count, radius):
    with pytest.raises(UsageError, match="region r0001"):
        region_set([[resultant, 0.0]], [count], [radius])


def test_missing_part_is_named(constructed):
    regions, _, _ = constructed
    arrays = regions.to_arrays()
    del arrays["radii_"]
    with pytest.raises(UsageError, match="radii_"):
        RegionSet.from_parts(arrays, regions.to_document())


def test_single_member_and_duplicates_have_finite_concentrations():
    regions = region_set([[1.0, 0.0, 0.0], [0.0, 5000.0, 0.0]], [1, 5000])
    assert np.isfinite(regions.concentrations_).all()
    posterior = region_posterior(np.eye(3), regions, sharpness=1.0)
    assert np.isfinite(posterior.probabilities).all()
    assert list(posterior.region[:2]) == [0, 1]


def test_one_region_has_no_runner_up():
    posterior = region_posterior(np.eye(3), region_set([[0.9, 0, 0]], [1]), sharpness=0.2)
    assert list(posterior.runner_up) == [-1] * 3 and list(posterior.margin) == [1] * 3
    np.testing.assert_allclose(posterior.angle, [0, np.pi / 2, np.pi / 2])


def test_posterior_is_the_softmax_of_weighted_densities(constructed):
    regions, labels, rows = constructed
    found = region_posterior(rows, regions, sharpness=1.0)
    joint = np.exp(log_density(rows, regions.centers_, regions.concentrations_)) * regions.mixture_weights_
    np.testing.assert_allclose(found.probabilities, joint / joint.sum(axis=1, keepdims=True), atol=1e-9)
    ranked = np.sort(found.probabilities, axis=1)
    np.testing.assert_allclose(found.margin, ranked[:, -1] - ranked[:, -2])
    assert (found.region == labels).mean() > 0.99


def test_sharp_region_does_not_steal_distant_encodings():
    axes = np.eye(32)
    regions = region_set([950 * axes[0], 600 * axes[1]], [1000, 1000])
    between = (axes[0] * 0.35 + axes[1] * 0.3 + axes[2] * np.sqrt(1 - 0.35**2 - 0.3**2))[None]
    kappa_alone = regions.concentrations_ * (between @ regions.centers_.T)
    assert kappa_alone.argmax() == 0
    assert region_posterior(between, regions, sharpness=0.2).region == [1]


def test_encodings_of_another_dimension_are_refused(constructed):
    with pytest.raises(UsageError, match="dimension 3"):
        region_posterior(np.eye(3), constructed[0], sharpness=0.2)
    with pytest.raises(UsageError, match="0 regions"):
        region_posterior(np.eye(3), RegionSet.empty(3), sharpness=0.2)


@given(
    st.lists(st.tuples(st.floats(0, 3), st.integers(1, 5)), min_size=1, max_size=30), st.floats(0.01, 0.99)
)
def test_weight_of_n_equals_n_repeats(pairs, quantile):
    values, weights = (np.array(column, dtype=float) for column in zip(*pairs, strict=True))
    repeated = np.repeat(values, weights.astype(int))
    once = weighted_quantile(values, weights, quantile=quantile)
    assert once == weighted_quantile(repeated, np.ones(repeated.size), quantile=quantile)


def test_radius_of_repeats_equals_radius_of_weights(blobs):
    rows, _ = blobs(0, number=1)
    weights = np.arange(len(rows)) % 3 + 1.0
    resultant = (weights[:, None] * rows).sum(axis=0)
    repeated = np.repeat(rows, weights.astype(int), axis=0)
    one = member_radius(rows, resultant, radius_quantile=0.9, weights=weights)
    assert one == pytest.approx(member_radius(repeated, resultant, radius_quantile=0.9))


def test_tiny_angles_are_exact():
    one, other = np.array([1.0, 0.0]), np.array([np.cos(1e-9), np.sin(1e-9)])
    assert angle_between(one, other) == pytest.approx(1e-9, rel=1e-6)


@pytest.mark.parametrize("criterion", ["bic", "silhouette"])
def test_number_of_regions_is_found(blobs, criterion):
    rows, _ = blobs(5, number=3)
    found = select_n_regions(rows, numbers=range(2, 7), criterion=criterion, seed=0, n_init=2)
    assert found.n_regions == 3 and set(found.scores) == set(range(2, 7))
    with pytest.raises(UsageError, match="numbers"):
        select_n_regions(rows, numbers=[], criterion=criterion, seed=0)
