"""A regression of ratios is found, noise is not, and a ratio that is gone is one."""

import json

import pytest

from benchmarks.__main__ import EXPECTED
from benchmarks.comparisons import NAMES, comparison_named
from benchmarks.harness.floors import read_expected, regressions, write_expected


def document(**medians):
    comparisons = {}
    for name, median in medians.items():
        comparison, _, case = name.partition("__")
        comparisons.setdefault(comparison, {"unit": "times", "cases": {}})["cases"][case] = {
            "ratio": {"median": 0.001},  # of a busy machine: the clock is not judged
            "cpu_ratio": {"median": median},
        }
    return {"comparisons": comparisons}


EXPECT = {"floor_share": 0.6, "ratios": {"stacks/a": 5.0, "means/b": 1.0}}


def test_what_stays_above_its_floor_is_no_regression():
    assert regressions(document(stacks__a=3.01, means__b=0.9), EXPECT) == []


def test_what_falls_below_its_floor_is_named():
    (fault,) = regressions(document(stacks__a=2.99, means__b=0.9), EXPECT)
    assert fault == "stacks/a fell to 2.99: 5 is committed, 3 its floor"


def test_a_committed_ratio_that_was_not_measured_is_one():
    left_out = {"comparisons": {"stacks": {"cases": {"a": {"left_out": "gone"}}}}}
    (fault,) = regressions(left_out, {**EXPECT, "ratios": {"stacks/a": 5.0}})
    assert fault.startswith("stacks/a was not measured")


def test_only_what_was_asked_for_is_judged():
    assert regressions(document(stacks__a=5.0), EXPECT, only=["stacks"]) == []
    assert regressions(document(stacks__a=5.0), EXPECT, only=["means"])


def test_what_a_run_commits_to_it_keeps(tmp_path):
    measured = document(stacks__a=5.123, means__b=0.98)
    write_expected(measured, tmp_path / "expected.json")
    expected = read_expected(tmp_path / "expected.json")
    assert expected["ratios"] == {"stacks/a": 5.1, "means/b": 0.98}
    assert regressions(measured, expected) == []


def test_ratios_of_comparisons_that_did_not_run_stay(tmp_path):
    path = tmp_path / "expected.json"
    write_expected(document(stacks__a=5.0, stacks__gone=4.0, means__b=1.0), path)
    write_expected(document(stacks__a=7.0), path)
    assert read_expected(path)["ratios"] == {"means/b": 1.0, "stacks/a": 7.0}


def test_a_share_of_this_machines_peak_is_not_committed_to(tmp_path):
    measured = document(stacks__a=5.0, peak__b=0.4)
    measured["comparisons"]["peak"]["unit"] = "share"
    write_expected(measured, tmp_path / "expected.json")
    assert read_expected(tmp_path / "expected.json")["ratios"] == {"stacks/a": 5.0}


def test_every_committed_ratio_belongs_to_a_comparison_of_the_small_run():
    committed = json.loads(EXPECTED.read_text())["ratios"]
    small = {name for name in NAMES if comparison_named(name).in_small}
    assert {name.partition("/")[0] for name in committed} == small


@pytest.mark.parametrize("name", NAMES)
def test_a_comparison_says_what_it_is(name):
    found = comparison_named(name)
    assert found.name == name
    for text in (found.measures, found.reference, found.protocol):
        assert text.endswith(".")
