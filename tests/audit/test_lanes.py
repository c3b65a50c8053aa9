"""Lanes: a region lives where the region sets hold it, and ends as the ledger says."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from raie.audit.drift import angles, drift_per_night
from raie.audit.lanes import lanes_of
from raie.audit.positions import positions_of, shares_of
from raie.audit.write import render_page
from tests.audit.chronicles import NIGHTS, REFUSED, small_chronicle

CHRONICLE = small_chronicle()
LANES = {lane.region: lane for lane in lanes_of(CHRONICLE)}


def test_lanes_tell_births_and_endings():
    told = {name: (lane.spans, lane.parents, lane.state, lane.successor) for name, lane in LANES.items()}
    assert told == {
        "r0001": (((0, 6),), (), "live", None),
        "r0002": (((0, 5),), (), "ended", None),
        # the refused candidate at place 4 changes nothing
        "r0003": (((0, 4),), (), "retired", None),
        "r0004": (((1, 2),), ("r0002",), "merged", "r0001"),
        "r0005": (((6, 6),), ("r0002",), "live", None),
    }
    assert [lane.number for lane in LANES.values()] == list(range(5))


def test_a_rollback_ends_a_region_and_may_bring_one_back():
    sets = dict(CHRONICLE.sets)
    sets[NIGHTS[4]] = sets[NIGHTS[1]]
    back = {lane.region: lane for lane in lanes_of(dataclasses.replace(CHRONICLE, sets=sets))}
    assert back["r0004"].spans == ((1, 2), (5, 5))
    assert back["r0003"].spans == ((0, 5),)


def test_shares_follow_the_sets_and_add_up():
    shares = shares_of(CHRONICLE, list(LANES.values()))
    np.testing.assert_allclose(sum(shares.values()), 1)
    for lane in LANES.values():
        lived = [place for first, last in lane.spans for place in range(first, last + 1)]
        assert np.flatnonzero(shares[lane.number]).tolist() == lived


def test_a_night_is_drawn_where_it_was_drawn_before_later_nights_were_known():
    early = small_chronicle(until=NIGHTS[3])
    (then,), (now, _) = positions_of(early, lanes_of(early)), positions_of(CHRONICLE, list(LANES.values()))
    assert then.paths.keys() <= now.paths.keys()
    for number, path in then.paths.items():
        np.testing.assert_array_equal(path, now.paths[number][: len(path)])


def test_a_generation_has_its_own_plane_and_places():
    first, second = positions_of(CHRONICLE, list(LANES.values()))
    assert (first.places, second.places) == ((0, 5), (6, 6))
    assert set(second.paths) == {LANES["r0001"].number, LANES["r0005"].number}
    assert first.dots.keys() == {0, 1}
    assert second.dots == {}
    # ended before, so not a number there
    assert np.isnan(first.paths[LANES["r0004"].number][3:]).all()


def test_a_rollback_may_lead_back_to_an_earlier_generation():
    nights = CHRONICLE.nights
    back = nights.iloc[[-2]].assign(snapshot="2024-03-07", ref="snapshot/2024-03-07", kind="rollback")
    chronicle = dataclasses.replace(
        CHRONICLE,
        nights=pd.concat([nights, back], ignore_index=True),
        sets={**CHRONICLE.sets, "2024-03-07": CHRONICLE.sets[NIGHTS[4]]},
    )
    first, second = positions_of(chronicle, lanes_of(chronicle))
    assert (first.places, second.places) == ((0, 7), (6, 6))
    for path in first.paths.values():
        assert np.isnan(path[6]).all()
        np.testing.assert_array_equal(path[7], path[5])
    assert chronicle.spaces == [1] * 6 + [2, 1]
    render_page(chronicle)


def test_an_axis_tells_nights_of_one_date_apart():
    nights = CHRONICLE.nights
    assert CHRONICLE.days == [*NIGHTS[:4], "", *NIGHTS[4:]]
    later = nights.iloc[[-1]].assign(snapshot="2024-03-06-2", ref="snapshot/2024-03-06-2")
    free = nights.iloc[[4]].assign(snapshot="2024-03-07", date="2024-03-07", ref="candidate/2024-03-07")
    chronicle = dataclasses.replace(CHRONICLE, nights=pd.concat([nights, later, free], ignore_index=True))
    assert chronicle.days[-3:] == ["2024-03-06", "2024-03-06-2", "2024-03-07"]


def test_drift_is_judged_between_snapshots_of_one_generation():
    drift = drift_per_night(CHRONICLE)
    assert np.isfinite(drift).tolist() == [False, True, True, True, False, True, False]
    assert drift[2] == 0  # nothing was edited
    assert CHRONICLE.nights["ref"][4] == REFUSED


@pytest.mark.parametrize("angle", [0.0, 1e-9, 1e-3, 1.0, np.pi])
def test_small_angles_are_exact(angle):
    first, second = np.array([[1.0, 0.0]]), np.array([[np.cos(angle), np.sin(angle)]])
    assert angles(first, second)[0] == pytest.approx(angle, rel=1e-9, abs=1e-15)
