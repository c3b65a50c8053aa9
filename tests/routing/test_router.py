import numpy as np
import pytest

from raie.edits.decide import Operation, decide
from raie.exceptions import UsageError
from raie.params import EditParams
from raie.regions.regionset import RegionSet
from raie.routing.router import route, trace


def two_regions():
    """Regions around the x and the y axis, of radius 0.3 and 0.5."""
    return RegionSet.from_statistics(
        ids=("r0001", "r0007"),
        parents=((), ()),
        born=("g", "g"),
        last_seen=("2020-01-01", "2020-01-01"),
        next_serial=8,
        resultants=np.array([[95.0, 0, 0], [0, 95.0, 0]]),
        counts=np.array([100.0, 100.0]),
        radii=np.array([0.3, 0.5]),
    )


def at(angle):
    return [np.cos(angle), 0.0, np.sin(angle)]


def beside_y(angle):
    return [0.0, np.cos(angle), np.sin(angle)]


ENCODINGS = np.array([at(0.1), at(0.35), at(0.45), beside_y(0.6), beside_y(0.63), at(np.pi / 2)])


def test_routes_by_hand():
    routes = route(ENCODINGS, two_regions(), params=EditParams(expansion=0.25))
    assert routes.region[:5].tolist() == [0, 0, 0, 1, 1]
    assert routes.runner_up[:5].tolist() == [1, 1, 1, 0, 0]
    assert routes.angle[:5] == pytest.approx([0.1, 0.35, 0.45, 0.6, 0.63])
    assert routes.radius[:5].tolist() == [0.3, 0.3, 0.3, 0.5, 0.5]
    assert routes.fallback.tolist() == [False, False, True, False, True, True]
    assert (routes.margin[:5] > 0.5).all()
    assert routes.margin[5] == pytest.approx(0)


def test_without_radius_nothing_falls_back():
    routes = route(ENCODINGS, two_regions(), params=EditParams(use_radius=False))
    assert not routes.fallback.any()


def test_agrees_with_the_decision_of_edits(encodings, regions):
    params = EditParams(expansion=0.1)
    routes, decisions = route(encodings, regions, params=params), decide(encodings, regions, params=params)
    for column in ("region", "runner_up", "angle", "radius", "margin"):
        assert np.array_equal(getattr(routes, column), getattr(decisions, column))
    # A fallback lies outside every region, so outside its nearest.
    assert (decisions.operation[routes.fallback] == Operation.POOL).all()


def test_the_adapter_is_the_regions_or_the_bases(routes, regions):
    adapters = routes.adapters(regions.ids)
    assert len(adapters) == len(routes)
    for row, adapter in enumerate(adapters):
        assert adapter == (None if routes.fallback[row] else regions.ids[routes.region[row]])
    assert {None, *regions.ids} == set(adapters)


def test_permuting_encodings_permutes_routes(encodings, regions):
    order = np.random.default_rng(2).permutation(len(encodings))
    params = EditParams()
    routes = route(encodings, regions, params=params).take(order)
    permuted = route(encodings[order], regions, params=params)
    assert np.array_equal(routes.region, permuted.region)
    assert np.array_equal(routes.fallback, permuted.fallback)
    assert routes.margin == pytest.approx(permuted.margin, abs=1e-9)


def test_trace_explains_each_route_by_names():
    regions = two_regions()
    columns = trace(route(ENCODINGS, regions, params=EditParams()), regions.ids)
    assert set(columns) == {"region", "runner_up", "angle", "radius", "margin", "adapter", "fallback"}
    assert columns["region"][:4].tolist() == ["r0001", "r0001", "r0001", "r0007"]
    assert columns["runner_up"][:4].tolist() == ["r0007", "r0007", "r0007", "r0001"]
    assert columns["adapter"][:4].tolist() == ["r0001", "r0001", "", "r0007"]
    assert all(len(column) == len(ENCODINGS) for column in columns.values())


def test_a_single_region_has_no_runner_up():
    both = two_regions()
    single = RegionSet.from_statistics(
        ids=both.ids[:1],
        parents=((),),
        born=("g",),
        last_seen=("2020-01-01",),
        next_serial=8,
        resultants=both.resultants_[:1],
        counts=both.counts_[:1],
        radii=both.radii_[:1],
    )
    routes = route(ENCODINGS, single, params=EditParams())
    assert trace(routes, single.ids)["runner_up"].tolist() == [""] * len(ENCODINGS)
    assert (routes.margin == 1).all()


def test_no_encodings_no_routes():
    routes = route(np.zeros((0, 3)), two_regions(), params=EditParams())
    assert len(routes) == len(routes.fallback) == 0
    assert routes.adapters(("r0001", "r0007")) == []


def test_encodings_off_the_sphere_are_refused():
    with pytest.raises(UsageError, match="norm"):
        route(np.ones((2, 3)), two_regions(), params=EditParams())
