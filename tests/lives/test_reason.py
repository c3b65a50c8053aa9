"""Reasons: each names the threshold that the decision rule applied."""

import numpy as np
import pytest

from raie.edits.decide import Operation, decide
from raie.lives.reason import limit, reason
from raie.params import EditParams
from raie.regions.regionset import RegionSet

PARAMS = EditParams(expansion=0.2, min_posterior_margin=0.1)


def decision(operation, angle, margin=1.0, radius=0.5):
    thresholds = {"expansion": PARAMS.expansion, "min_posterior_margin": PARAMS.min_posterior_margin}
    return {"operation": operation, "angle": angle, "radius": radius, "margin": margin, **thresholds}


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (decision("update", 0.4), "angle 0.400 <= radius 0.500, margin 1.000 >= 0.1"),
        (decision("expand", 0.55), "angle 0.550 > radius 0.500, and <= 0.600"),
        (decision("expand", 0.4, margin=0.05), "angle 0.400 <= radius 0.500, margin 0.050 < 0.1"),
        (decision("pool", 0.7), "angle 0.700 > 0.600, beyond the region and its expansion"),
    ],
)
def test_reasons_in_words(told, words):
    assert reason(told) == words


def test_the_limit_is_at_most_half_a_turn():
    assert limit(decision("expand", 0.1, radius=3.0)) == np.pi


def test_reasons_agree_with_the_rule():
    """Directions at every angle between two regions: the words say what the rule compared."""
    regions = RegionSet.from_statistics(
        ids=("r0001", "r0002"),
        parents=((), ()),
        born=("", ""),
        last_seen=("", ""),
        next_serial=3,
        resultants=np.array([[9.0, 0.0], [0.0, 9.0]]),
        counts=np.array([10.0, 10.0]),
        radii=np.array([0.8, 0.4]),
    )
    turns = np.linspace(0, 2 * np.pi, 200)
    made = decide(np.column_stack([np.cos(turns), np.sin(turns)]), regions, params=PARAMS)
    assert set(made.operation.tolist()) == set(Operation)
    for row in range(len(made)):
        name = Operation(made.operation[row]).name.lower()
        told = reason(decision(name, made.angle[row], made.margin[row], made.radius[row]))
        beyond, unclear = made.angle[row] > made.radius[row], made.margin[row] < 0.1
        assert ("beyond" in told) == (name == "pool")
        assert ("> radius" in told) == (name != "pool" and beyond)
        assert ("< 0.1" in told) == (name == "expand" and unclear and not beyond)
