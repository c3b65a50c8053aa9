import numpy as np
import pytest

from raie.edits.decide import Operation, decide
from raie.exceptions import UsageError
from raie.params import EditParams
from raie.regions.regionset import RegionSet

PARAMS = EditParams(expansion=0.25, min_posterior_margin=0.1, posterior_sharpness=0.2)


@pytest.fixture
def regions():
    """Two regions of radius 0.4 on the first two axes."""
    return RegionSet.from_statistics(
        ids=("r0001", "r0002"),
        parents=((), ()),
        born=("s0", "s0"),
        last_seen=("2024-01-01",) * 2,
        next_serial=3,
        resultants=900 * np.eye(8)[:2],
        counts=np.array([1000.0, 1000.0]),
        radii=np.array([0.4, 0.4]),
    )


def at(angle, *, away=2):
    """A row at this angle from the first axis, towards another axis."""
    row = np.zeros(8)
    row[0], row[away] = np.cos(angle), np.sin(angle)
    return row


def test_every_operation_at_its_angle(regions):
    rows = np.array([at(0.0), at(0.39), at(0.41), at(0.49), at(0.51), at(1.5), -at(0.0)])
    found = decide(rows, regions, params=PARAMS)
    assert [Operation(code).name for code in found.operation] == [
        "UPDATE", "UPDATE", "EXPAND", "EXPAND", "POOL", "POOL", "POOL",
    ]  # fmt: skip
    np.testing.assert_allclose(found.angle[:5], [0, 0.39, 0.41, 0.49, 0.51], atol=1e-7)
    assert set(found.region[:5]) == {0} and set(found.runner_up[:5]) == {1}
    np.testing.assert_array_equal(found.radius, 0.4)
    np.testing.assert_array_equal(found.train_weights[:5], [[1, 0]] * 4 + [[0, 0]])


def test_ambiguous_encoding_trains_both_regions_by_posterior(regions):
    wide = RegionSet.from_parts({**regions.to_arrays(), "radii_": np.full(2, 0.9)}, regions.to_document())
    found = decide(np.array([at(np.pi / 4 - 1e-3, away=1)]), wide, params=PARAMS)
    assert found.operation == [Operation.EXPAND] and found.margin < 0.1
    first, second = found.train_weights[0]
    assert first + second == pytest.approx(1) and 0.5 <= first < 0.6
    assert found.posterior[0] == pytest.approx(first, rel=1e-9)


def test_without_radii_the_margin_alone_decides(regions):
    rows = np.array([at(0.0), at(1.2), at(np.pi / 4, away=1)])
    found = decide(rows, regions, params=PARAMS.model_copy(update={"use_radius": False}))
    assert list(found.operation) == [Operation.UPDATE, Operation.UPDATE, Operation.EXPAND]


def test_radius_is_used(regions):
    row = np.array([at(0.45)])
    wide = RegionSet.from_parts({**regions.to_arrays(), "radii_": np.full(2, 0.5)}, regions.to_document())
    assert decide(row, regions, params=PARAMS).operation == [Operation.EXPAND]
    assert decide(row, wide, params=PARAMS).operation == [Operation.UPDATE]


def test_one_region_is_never_ambiguous(regions):
    one = RegionSet.from_statistics(
        ids=("r0001",),
        parents=((),),
        born=("s0",),
        last_seen=("2024-01-01",),
        next_serial=2,
        resultants=regions.resultants_[:1],
        counts=regions.counts_[:1],
        radii=regions.radii_[:1],
    )
    found = decide(np.array([at(0.1), at(0.45), at(2.0)]), one, params=PARAMS)
    assert list(found.operation) == [Operation.UPDATE, Operation.EXPAND, Operation.POOL]
    np.testing.assert_array_equal(found.train_weights, [[1, 0], [1, 0], [0, 0]])


def test_rows_are_decided_one_by_one(planted):
    world = planted.world(0, dim=32)
    run = planted.run(world)
    rows, _ = world.draw(200)
    order = world.generator.permutation(200)
    one, two = (decide(given, run.regions, params=PARAMS) for given in (rows, rows[order]))
    np.testing.assert_array_equal(one.operation[order], two.operation)
    np.testing.assert_allclose(one.margin[order], two.margin, atol=1e-12)


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0, 3.0])
def test_rows_off_the_sphere_are_refused_in_one_line(regions, value):
    rows = np.array([at(0.0), at(0.0)])
    rows[1, 0] = value
    with pytest.raises(UsageError, match="row 1") as error:
        decide(rows, regions, params=PARAMS)
    assert "\n" not in str(error.value)


def test_float32_rows_will_do(regions):
    found = decide(np.array([at(0.3)], dtype=np.float32), regions, params=PARAMS)
    assert found.angle.dtype == np.float64 and found.operation == [Operation.UPDATE]
    assert len(decide(np.empty((0, 8)), regions, params=PARAMS)) == 0
