"""The drift alarm: each signal fires beyond its threshold and not at it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from raie.params import AlarmParams
from raie.reports.alarm import NightSignals, judge_drift

PARAMS = AlarmParams()
STEP = 1e-6


def nights(**columns):
    """One night per value of the columns."""
    rows = zip(*columns.values(), strict=True)
    return [
        NightSignals(f"night {number}", **dict(zip(columns, row, strict=True)))
        for number, row in enumerate(rows)
    ]


def signal(alarm, name):
    (found,) = [each for each in alarm.signals if each.name == name]
    return found


def falling(slope, n=5):
    return nights(retention=[0.6 + slope * night for night in range(n)])


@pytest.mark.parametrize(
    ("name", "at", "beyond"),
    [
        (
            "fallback_share",
            nights(windows=[100, 300], fallback_share=[PARAMS.max_fallback_share] * 2),
            nights(windows=[100, 300], fallback_share=[PARAMS.max_fallback_share + STEP] * 2),
        ),
        (
            "ambiguous_share",
            nights(windows=[7, 11, 13], ambiguous_share=[PARAMS.max_ambiguous_share] * 3),
            nights(windows=[7, 11, 13], ambiguous_share=[PARAMS.max_ambiguous_share + STEP] * 3),
        ),
        ("adds", nights(adds=[1, 0, PARAMS.max_adds - 1]), nights(adds=[1, 0, PARAMS.max_adds])),
        ("retention_slope", falling(PARAMS.min_retention_slope), falling(PARAMS.min_retention_slope - STEP)),
    ],
)
def test_a_signal_fires_beyond_its_threshold_and_not_at_it(name, at, beyond):
    quiet, loud = judge_drift(at, PARAMS), judge_drift(beyond, PARAMS)
    assert signal(quiet, name).value == pytest.approx(signal(quiet, name).threshold)
    assert not signal(quiet, name).fired
    assert not quiet.recommend_retrain
    assert signal(loud, name).fired
    assert loud.recommend_retrain
    assert [each.name for each in loud.signals if each.fired] == [name]
    assert signal(loud, name).text in loud.text
    assert f"{signal(loud, name).parameter} = " in loud.text


@pytest.mark.parametrize("parameter", ["fallback_share", "ambiguous_share", "adds", "retention_slope"])
def test_a_signal_names_the_parameter_that_holds_its_threshold(parameter):
    found = signal(judge_drift(nights(adds=[0]), PARAMS), parameter)
    section, _, field = found.parameter.partition(".")
    assert section == "alarm"
    assert getattr(PARAMS, field) == found.threshold


counts = st.lists(st.tuples(st.integers(1, 50), st.integers(0, 50)), min_size=1, max_size=7)


@given(counts)
def test_a_share_is_that_of_all_sequences_together(given_counts):
    pairs = [(windows, min(hits, windows)) for windows, hits in given_counts]
    windows, hits = zip(*pairs, strict=True)
    shares = [hit / total for total, hit in pairs]
    alarm = judge_drift(nights(windows=windows, fallback_share=shares), PARAMS)
    assert signal(alarm, "fallback_share").value == pytest.approx(sum(hits) / sum(windows))


retentions = st.lists(st.floats(0, 1), min_size=3, max_size=7)


@given(retentions)
def test_the_slope_is_that_of_least_squares(values):
    found = signal(judge_drift(nights(retention=values), PARAMS), "retention_slope")
    assert found.value == pytest.approx(np.polyfit(np.arange(len(values)), values, 1)[0], abs=1e-9)
    turned = signal(judge_drift(nights(retention=values[::-1]), PARAMS), "retention_slope")
    assert turned.value == pytest.approx(-found.value, abs=1e-12)


def test_a_night_without_retention_keeps_its_place():
    alarm = judge_drift(nights(retention=[0.6, 0.5, None, 0.3, 0.2]), PARAMS)
    assert signal(alarm, "retention_slope").value == pytest.approx(-0.1)
    assert signal(alarm, "retention_slope").nights == 4


def test_two_nights_make_no_slope():
    found = signal(judge_drift(nights(retention=[0.9, 0.1]), PARAMS), "retention_slope")
    assert (found.value, found.fired) == (None, False)
    assert "3 nights" in found.text


def test_only_the_newest_nights_count():
    params = AlarmParams(nights=3)
    loud = nights(adds=[50, 50], windows=[10, 10], fallback_share=[1.0, 1.0])
    quiet = nights(adds=[0] * 3, windows=[10] * 3, fallback_share=[0.0] * 3)
    assert judge_drift([*loud, *quiet], params) == judge_drift(quiet, params)
    assert judge_drift([*quiet, *loud], params).recommend_retrain


def test_nights_on_which_nothing_arrived_have_no_weight():
    given_nights = nights(windows=[0, 8], fallback_share=[None, 0.125])
    assert signal(judge_drift(given_nights, PARAMS), "fallback_share").value == 0.125
    quiet = nights(windows=[0, 0], fallback_share=[0.0, None])
    assert signal(judge_drift(quiet, PARAMS), "fallback_share").value is None


def test_without_nights_nothing_is_recommended():
    alarm = judge_drift([], PARAMS)
    assert not alarm.recommend_retrain
    assert not any(each.fired for each in alarm.signals)
    assert alarm.nights == ()
