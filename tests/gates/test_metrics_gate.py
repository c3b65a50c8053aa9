"""Every rule on metrics is broken once, alone."""

import pytest

from raie.gates.artefacts import judge_artefact
from tests.gates import spoiling
from tests.gates.conftest import rule_of

BETWEEN, PRESENT = "ExpectColumnValuesToBeBetween", "ExpectColumnValuesToNotBeNull"


def metrics(change):
    return lambda tree: spoiling.document(tree / "data/metrics.json", change)


def set_to(*path, value):
    def change(held):
        for name in path[:-1]:
            held = held[name]
        held[path[-1]] = value

    return metrics(change)


def one_window_more(held):
    held["forward"]["regions"]["r0001"]["windows"] += 1
    held["forward"]["windows"] += 1
    held["forward"]["fallback_share"] *= 1 - 1 / held["forward"]["windows"]


def more_fallbacks_than_windows(held):
    section = held["forward"]
    section["fallback_share"] = 1.5
    section["regions"]["r0001"]["windows"] = -section["windows"] // 2


IN_A_REGION = ("champion", "setup_heldout", "regions", "r0001")
SPOILT = [
    ("nightly", metrics(lambda held: held.pop("forward")), ("metric_sections", "sections", BETWEEN)),
    ("construct", metrics(lambda held: held.pop("setup_heldout")), ("metric_sections", "sections", BETWEEN)),
    ("construct", metrics(lambda held: held.pop("newest_heldout")), ("metric_sections", "sections", BETWEEN)),
    ("nightly", set_to("forward", "windows", value="many"), ("metric_counts", "windows", PRESENT)),
    ("nightly", metrics(one_window_more), ("metric_counts", "surplus", BETWEEN)),
    (
        "nightly",
        lambda tree: spoiling.params(tree, "metrics", min_heldout_windows=161),
        ("metric_counts", "lacking", BETWEEN),
    ),
    (
        "nightly",
        metrics(lambda held: held["forward"].pop("fallback_share")),
        ("metric_counts", "fallback_share", PRESENT),
    ),
    ("nightly", metrics(more_fallbacks_than_windows), ("metric_counts", "fallback_share", BETWEEN)),
    ("nightly", set_to("forward", "regions", value={}), ("metric_counts", "unaccounted", BETWEEN)),
    (
        "nightly",
        set_to("champion", "newest_heldout", "regions", value={}),
        ("metric_counts", "unaccounted", BETWEEN),
    ),
    (
        "nightly",
        metrics(lambda held: held["forward"]["base"].pop("ndcg_at_10")),
        ("metric_counts", "measures", BETWEEN),
    ),
    ("nightly", set_to(*IN_A_REGION, "recall_at_10", value=None), ("measures", "value", PRESENT)),
    ("nightly", set_to(*IN_A_REGION, "ndcg_at_10", value=float("nan")), ("measures", "value", PRESENT)),
    ("nightly", set_to(*IN_A_REGION, "recall_at_10", value=1.01), ("measures", "value", BETWEEN)),
    ("nightly", set_to(*IN_A_REGION, "ndcg_at_10", value=-0.01), ("measures", "value", BETWEEN)),
    ("nightly", set_to(*IN_A_REGION, "ndcg_at_10", value=0.51), ("measures", "above_recall", BETWEEN)),
]


@pytest.mark.parametrize(("kind", "spoil", "rule"), SPOILT, ids=[".".join(rule[:2]) for *_, rule in SPOILT])
def test_a_planted_fault_fails_its_rule_alone(spoilt, kind, spoil, rule):
    found = spoilt("metrics", kind, spoil)
    assert found.failed == {rule}
    assert not found.judgement.passed


def test_every_rule_is_broken_above(copied):
    judged = {rule_of(record) for record in judge_artefact("metrics", copied()).expectations}
    assert judged == {rule for *_, rule in SPOILT}


def test_every_measure_is_judged_wherever_it_stands(copied):
    """Routed, base and one region of five sections, two measures each."""
    tree = copied()
    assert judge_artefact("metrics", tree).counts["measures"] == 5 * 3 * 2
    set_to("more", value={"deeper": {"recall_at_5": 0.5}})(tree)
    assert judge_artefact("metrics", tree).counts["measures"] == 31
    set_to("more", value={"deeper": {"recall_at_5": 5}})(tree)
    assert judge_artefact("metrics", tree).headline() == (
        "more.deeper recall_at_5, value: 5 does not lie between 0 and 1; run the stage evaluate again"
    )


def test_nobody_held_out_passes_where_that_is_allowed(copied):
    tree = copied("construct")
    for name in ("heldout", "recent"):
        for path in (tree / "data/histories" / name).iterdir():
            spoiling.array(path, lambda rows: rows[:0])
        set_to(f"{'newest' if name == 'recent' else 'setup'}_heldout", value={"windows": 0})(tree)
    assert judge_artefact("metrics", tree).headline() == (
        "setup_heldout, lacking: 1 is not 0: fewer held-out windows than gates.metrics.min_heldout_windows "
        "= 1; hold out more users, or lower it"
    )
    spoiling.params(tree, "metrics", min_heldout_windows=0)
    assert judge_artefact("metrics", tree).passed
