import json

import numpy as np
import pandas as pd
import pytest

from raie.exceptions import MissingError, RefusedError
from raie.gates.judgement import Suite, judge
from raie.gates.rules import between, none, present, rows


def suite(name="numbers", *rules, values=(1.0, 2.0), index=None, **counts):
    frame = pd.DataFrame({"value": np.array(values, dtype=float)}, index=index)
    return Suite(name, rules or [none("value", "is not 0", "mend it")], frame, counts)


def judged(*suites, root):
    return judge("numbers", suites, thresholds={"most": 1}, root=root)


SMALL = between("value", None, 1, "exceeds 1", "shrink it")
LARGE = between("value", 1, None, "is less than 1", "grow it")
ODD = between("value", 0, 1, "is odd", "look at it", severity="warning")


def test_the_first_refusal_is_the_headline_with_its_place_and_number(tmp_path):
    frame = suite("a", LARGE, SMALL, values=(1, 3, 4, 5), index=pd.Index(list("pqrs"), name="region"))
    judgement = judged(frame, root=tmp_path)
    assert judgement.headline() == "region q, value: 3 exceeds 1; shrink it (and 2 more)"
    assert judgement.refusals == (judgement.headline(),)
    assert [record["unexpected"] for record in judgement.expectations] == [0, 3]


def test_a_warning_alone_passes_and_is_told(tmp_path):
    judgement = judged(suite("a", ODD, LARGE, values=(1, 3), index=["x", "y"]), root=tmp_path)
    assert judgement.passed
    assert judgement.warnings == ("y, value: 3 is odd; look at it",)
    assert judgement.headline() == "1 checks passed, 1 warned"
    assert [record["severity"] for record in judgement.expectations] == ["warning", "critical"]


def test_a_refusal_ends_it_because_the_rest_presupposes_what_failed(tmp_path):
    def suites():
        yield suite("a", LARGE, first=1)
        yield suite("b", SMALL, LARGE, second=2)
        raise AssertionError("must not be drawn")

    judgement = judge("numbers", suites(), thresholds={}, root=tmp_path)
    assert [record["suite"] for record in judgement.expectations] == ["a", "b", "b"]
    assert judgement.counts == {"first": 1, "second": 2}


@pytest.mark.parametrize("error", [RefusedError, MissingError])
def test_what_cannot_be_read_has_not_passed(tmp_path, error):
    def suites():
        yield suite("a", LARGE)
        raise error(f"{tmp_path}/data/a.npy is missing: write it")

    judgement = judge("numbers", suites(), thresholds={}, root=tmp_path)
    assert not judgement.passed
    assert judgement.headline() == "data/a.npy is missing: write it"
    assert [record["success"] for record in judgement.expectations] == [True, False]


def test_an_expectation_that_cannot_be_evaluated_has_not_passed(tmp_path):
    judgement = judged(suite("a", none("nothing", "is not there", "add it")), root=tmp_path)
    assert not judgement.passed
    assert "could not be evaluated" in judgement.headline()


def test_a_fault_of_our_own_is_no_judgement(tmp_path):
    def suites():
        yield suite("a", LARGE)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        judge("numbers", suites(), thresholds={}, root=tmp_path)


def test_too_few_rows_and_missing_values_fail_what_says_so_alone(tmp_path):
    few = suite("a", rows("nobody is there", "invite them", at_least=1), SMALL, values=())
    assert judged(few, root=tmp_path).refusals == ("nobody is there; invite them",)
    gone = suite(
        "a", present("value", "is no number", "write one"), SMALL, values=(np.nan, 1), index=["x", "y"]
    )
    assert judged(gone, root=tmp_path).refusals == ("x, value: is no number; write one",)


def test_strict_bounds_leave_out_the_bounds(tmp_path):
    strict = between("value", 1, 3, "is not inside", "move it", strictly=True)
    judgement = judged(suite("a", strict, values=(1, 2, 3)), root=tmp_path)
    assert judgement.expectations[0]["unexpected"] == 2
    assert judged(suite("a", between("value", 1, 3, "", ""), values=(1, 2, 3)), root=tmp_path).passed


def test_the_document_is_json_whatever_was_counted(tmp_path):
    counted = suite("a", LARGE, worst=float("nan"), most=float("inf"), digest="x", share=0.5)
    document = judged(counted, root=tmp_path).document()
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert document["counts"] == {"worst": None, "most": None, "digest": "x", "share": 0.5}
    assert document["thresholds"] == {"most": 1}
