"""The floor, the limits and the known failures follow from the numbers."""

from dataclasses import replace

from raie.cards.estimates import Estimate, Ranked
from raie.cards.limits import failures, floor_sentence, limits
from raie.cards.regions import RegionRow, floor, region_rows
from raie.cards.results import Result, differences, results


def row(region, windows, recall):
    return RegionRow(region, "", None, windows, Estimate(recall), (0, None), (0, None))


def test_regions_are_those_that_have_an_adapter(sources):
    rows = {each.region: each for each in region_rows(sources)}
    assert list(rows) == ["r0001", "r0002", "r0003"]
    assert rows["r0001"].edits == "expand 7, update 75"
    assert rows["r0003"].edits == "reject"
    assert [each.trained for each in rows.values()] == [82, None, None]
    measured = sources.metrics["setup_heldout"]["regions"]["r0002"]
    assert (rows["r0002"].windows, rows["r0002"].recall.value) == (
        measured["windows"],
        measured["recall_at_5"],
    )
    assert rows["r0002"].recall.low < rows["r0002"].recall.value < rows["r0002"].recall.high
    assert rows["r0003"].windows == 0 and rows["r0003"].recall == Estimate(None)
    forward = sources.metrics["forward"]["regions"]["r0001"]
    assert rows["r0001"].forward == (forward["windows"], forward["recall_at_5"])


def test_a_region_has_an_interval_only_from_ranks_that_say_it_served(sources, tables):
    older = tables["setup_heldout"].drop(columns="candidate_region")
    before = replace(sources, outcomes={"setup_heldout": older})
    assert [each.recall.low for each in region_rows(before)] == [None] * 3
    # at genesis the only regions there are are its own
    genesis = older.drop(columns="champion_rank")
    found = region_rows(replace(sources, outcomes={"setup_heldout": genesis}))
    assert found[0].recall.low is not None


def test_the_floor_is_the_worst_region_with_enough_windows():
    rows = [row("r0001", 10, 0.1), row("r0002", 50, 0.3), row("r0003", 40, 0.2), row("r0004", 0, None)]
    assert floor(rows, min_windows=40).region == "r0003"
    assert floor(rows, min_windows=51) is None
    assert floor_sentence(rows, min_windows=40, k=5) == "r0003, at Recall@5 0.2000 on 40 held-out windows"
    few = floor_sentence(rows, min_windows=51, k=5)
    assert few.startswith("no region has 51 held-out windows")
    assert "r0001, at 0.1000 on 10, too few" in few
    assert floor_sentence(rows[3:], min_windows=51, k=5).endswith("(promotion.min_region_windows)")


def test_limits_name_thin_regions_few_users_and_what_no_region_serves(sources):
    rows, measured = region_rows(sources), results(sources)
    said = "\n".join(limits(sources, rows, measured))
    thin = [each.region for each in rows if each.windows < 30]
    assert thin and f"{len(thin)} of 3 regions have fewer than 30 held-out windows" in said
    assert "Retention rests on 13 held-out users" in said
    share = 100 * sources.metrics["setup_heldout"]["fallback_share"]
    assert f"{share:.1f} % of held-out Set-up windows" in said
    many = limits(sources, [row(f"r{number:04d}", 1, 0.1) for number in range(25)], [])
    assert any("r0019 and 5 more." in each for each in many)


def test_where_there_is_enough_of_everything_nothing_is_said(sources):
    metrics = {"setup_heldout": {"fallback_share": 0.0}}
    plain = replace(sources, manifest={**sources.manifest, "metrics": metrics})
    enough = Result(
        "setup_heldout", "this snapshot", 500, 100, Ranked(Estimate(0.3, 0.2, 0.4), Estimate(None))
    )
    assert limits(plain, [row("r0001", 30, 0.3)], [enough]) == []


def test_failures_are_what_gates_and_intervals_found(sources):
    gates = {
        "regions": {"passed": False, "headline": "2 added", "warnings": ["many added"]},
        "adapters": {
            "passed": True,
            "expectations": [
                {"column": "norm", "success": False, "reason": "exceeds", "severity": "critical"},
                {"column": "norm", "success": False, "reason": "is odd", "severity": "warning"},
                {"column": None, "success": True, "reason": "fine"},
            ],
        },
        "promotion": {
            "promoted": True,
            "checks": [
                {"name": "retention", "difference": -0.05, "max_loss": 0.03, "reason": "may be chance"},
                {"name": "newest", "difference": -0.01, "max_loss": 0.03, "reason": "within"},
                {"name": "retention of r0001", "difference": None, "max_loss": 0.1, "reason": "no windows"},
            ],
        },
    }
    worse = Result("forward", "this less that", 9, 3, Ranked(Estimate(-0.2, -0.3, -0.1), Estimate(None)))
    chance = Result("forward", "that less this", 9, 3, Ranked(Estimate(-0.2, -0.3, 0.0), Estimate(None)))
    said = failures(replace(sources, manifest={**sources.manifest, "gates": gates}), [worse, chance])
    assert said == [
        "Gate adapters: norm exceeds",
        "Gate promotion: retention -0.0500, may be chance",
        "Gate regions said no: 2 added",
        "Gate regions warned: many added",
        "Recall on forward, this less that: -0.2000 (-0.3000 to -0.1000), worse beyond chance.",
    ]


def test_a_good_night_has_no_known_failures(sources):
    better = [each for each in differences(sources) if each.ranked.recall.high >= 0]
    assert failures(sources, better) == []
