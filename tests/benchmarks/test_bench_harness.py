"""The harness on sides whose seconds are written down: nothing here is timed."""

import dataclasses
import json
import math
from html.parser import HTMLParser

import numpy as np
import pytest

from benchmarks.harness.agreement import both, close, near
from benchmarks.harness.comparison import Case, Comparison, DisagreementError, LeftOut, Setting
from benchmarks.harness.machine import machine_facts, run_facts
from benchmarks.harness.page import render_page, write_page
from benchmarks.harness.results import markdown, write_results
from benchmarks.harness.run import measure, run_comparisons
from benchmarks.harness.timing import Measured, Ratios, in_process

SECONDS = {"ours": [2.0, 1.0, 4.0], "reference": [6.0, 5.0, 8.0]}
"""After a warm-up of 100 s on either side, which no ratio may hold."""


def side(seconds, answer=1.0, calls=None):
    left = iter([100.0, *seconds])

    def run():
        if calls is not None:
            calls.append(answer)
        now = next(left)
        return Measured(wall=now, cpu=2 * now, answer=answer)

    return run


def case(**changes):
    given = {
        "name": "sizes",
        "ours": side(SECONDS["ours"]),
        "reference": side(SECONDS["reference"]),
        "agree": close(atol=0.0),
        "pairs": 3,
    }
    return Case(**{**given, **changes})


def comparison(*cases, unit="times"):
    return Comparison("stacks", "Ours.", "Theirs.", "The same.", lambda setting: iter(cases), unit)


def document(*cases, unit="times"):
    measured = run_comparisons([comparison(*cases, unit=unit)], Setting(), tell=lambda line: None)
    return {"run": run_facts(), "machine": machine_facts(), "comparisons": measured}


def test_a_ratio_is_the_reference_over_ours_pair_by_pair():
    ratio = measure(case())["ratio"]
    assert ratio == {"median": 3.0, "min": 2.0, "max": 5.0, "pairs": [3.0, 5.0, 2.0]}


def test_ratios_are_per_unit_of_work():
    # ours does 4 units in the time in which the reference does 2: per unit it is twice as good
    assert Ratios.of([1.0], [1.0], work=(4.0, 2.0)).pairs == (2.0,)


def test_the_sides_take_turns_and_ours_begins():
    calls = []
    ours = side(SECONDS["ours"], answer=1, calls=calls)
    reference = side(SECONDS["reference"], answer=2, calls=calls)
    measure(case(ours=ours, reference=reference, agree=lambda *_: "as told"))
    assert calls == [1, 2] * 4


def test_the_warm_up_is_not_among_the_pairs():
    assert measure(case())["seconds"]["wall"] == SECONDS


def test_without_a_warm_up_the_first_pair_is_the_one_compared():
    measured = measure(case(warm_up=False))
    assert measured["seconds"]["wall"]["ours"] == [100.0, 2.0, 1.0]
    assert measured["agreement"] == "largest difference 0"


@pytest.mark.parametrize("warm_up", [True, False])
def test_sides_that_disagree_get_no_figure(warm_up):
    apart = case(reference=side(SECONDS["reference"], answer=1.5), agree=close(atol=0.1), warm_up=warm_up)
    with pytest.raises(DisagreementError, match=r"sizes: answers differ by up to 0\.5; no figure"):
        measure(apart)


def test_the_number_of_pairs_can_be_asked_for():
    assert measure(case(), pairs=1)["ratio"]["pairs"] == [3.0]


def test_work_in_process_is_timed_on_both_clocks():
    measured = in_process(lambda: sum(range(100_000)))()
    assert measured.answer == sum(range(100_000))
    assert measured.wall > 0
    assert measured.cpu > 0


def test_a_case_that_cannot_be_measured_is_left_out_with_its_reason(tmp_path):
    told = []
    measured = run_comparisons(
        [comparison(LeftOut("elsewhere", "make it first"), case())], Setting(), tell=told.append
    )
    assert told[0] == "stacks/elsewhere: left out, make it first"
    assert list(measured["stacks"]["cases"]) == ["elsewhere", "sizes"]


def test_close_compares_shapes_and_infinities_too():
    agree = close(atol=1e-3)
    assert agree(np.array([-np.inf, 1.0]), np.array([-np.inf, 1.0005])) == "largest difference 0.0005"
    for other in (np.array([-np.inf]), np.array([0.0, 1.0]), np.array([-np.inf, np.nan])):
        with pytest.raises(DisagreementError):
            agree(np.array([-np.inf, 1.0]), other)


def test_close_refuses_one_entry_beyond_its_own_tolerance():
    with pytest.raises(DisagreementError):
        close(atol=0.0, rtol=0.1)(np.array([1.3, 100.0]), np.array([1.0, 100.0]))


@pytest.mark.parametrize(("ours", "accepted"), [(0.95, True), (0.89, False), (1.4, True), (math.nan, False)])
def test_an_outcome_may_be_better_but_not_worse(ours, accepted):
    agree = near("recall", loses=0.1)
    if accepted:
        assert agree(ours, 1.0) == f"recall {ours}, reference 1"
    else:
        with pytest.raises(DisagreementError, match="recall is"):
            agree(ours, 1.0)


def test_both_parts_of_an_answer_must_agree():
    agree = both(near("loss", rtol=0.1), near("size", rtol=0.0))
    assert agree((1.0, 2), (1.05, 2)) == "loss 1, reference 1.05; size 2, reference 2"
    with pytest.raises(DisagreementError, match="size is 3"):
        agree((1.0, 3), (1.05, 2))


def test_results_are_json_with_ratios_and_their_context(tmp_path):
    path = write_results(document(case(target=2.5, facts={"rows": 8})), tmp_path / "results")
    stored = json.loads(path.read_text())
    measured = stored["comparisons"]["stacks"]["cases"]["sizes"]
    assert next(iter(measured)) == "ratio"
    assert measured["target"] == 2.5
    assert measured["facts"] == {"rows": 8}
    assert stored["machine"]["threads"] >= 1
    assert stored["run"]["commit"] in path.stem


def test_the_table_is_markdown_and_names_what_was_left_out():
    lines = markdown(document(case(target=2.5), LeftOut("elsewhere", "make it first"))).splitlines()
    assert lines[2] == "| stacks | sizes | 3x | 2x to 5x | 3x | 2.5x | largest difference 0 |"
    assert lines[-1] == "Left out: stacks/elsewhere: make it first."
    assert len({line.count("|") for line in lines[:3]}) == 1


def test_a_share_reads_as_a_share():
    assert "| 300 % |" in markdown(document(case(), unit="share"))


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.addresses, self.ids = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.addresses += [value for name, value in attrs if name in ("src", "href", "xlink:href")]
        self.ids += [value for name, value in attrs if name == "id"]


def test_the_page_holds_its_charts_and_asks_for_nothing(tmp_path):
    shown = document(case(target=2.5), LeftOut("elsewhere", "make <it> first"))
    shown["comparisons"]["others"] = dict(shown["comparisons"]["stacks"])
    path = write_page(shown, tmp_path / "page.html")
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    assert page.tags.count("svg") == 2
    assert "script" not in page.tags
    assert all(address.startswith(("#", "data:")) for address in page.addresses)
    assert len(page.ids) == len(set(page.ids))
    assert "make &lt;it&gt; first" in path.read_text(encoding="utf-8")


def test_equal_results_give_equal_pages():
    shown = document(case())
    assert render_page(shown) == render_page(json.loads(json.dumps(shown)))


def test_a_setting_cannot_be_changed_underway():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Setting().small = True
