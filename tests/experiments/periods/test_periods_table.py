"""The table over time, against figures made by hand from made-up cells."""

import json
from dataclasses import replace

import numpy as np
import pytest
from pydantic import TypeAdapter

from raie.exceptions import UsageError
from raie.experiments.periods.reading import PeriodsCell
from raie.experiments.periods.record import PeriodsRecord, retained_part, scored_part
from raie.experiments.periods.row import slope_of
from raie.experiments.periods.sheet import periods_sheet_of
from raie.experiments.periods.table import periods_table_of
from raie.experiments.tables import document, html, latex, markdown
from raie.experiments.tables.ranks import RankedWindows

N_PARTS, N_SCORED, N_RETAINED = 5, 40, 20
PROTOCOL = {
    "name": "production",
    "length": 20,
    "min_history": 3,
    "min_rating": None,
    "setup_quantile": 0.5,
    "heldout_share": 0.1,
    "n_items": 1234,
    "n_parts": N_PARTS,
    "max_learnt": 30,
    "max_scored": N_SCORED,
    "max_retained": N_RETAINED,
    "epochs": 3,
    "batch_size": 64,
}


def cell(method, seed, lift, question="q"):
    """Ranks are drawn and divided by ``lift``; the document follows from them."""
    numbers = range(1, N_PARTS + 1)
    names = [scored_part(n) for n in numbers] + [retained_part(n) for n in range(N_PARTS + 1)]
    sizes = [N_SCORED] * N_PARTS + [N_RETAINED] * (N_PARTS + 1)
    part = np.repeat(np.array(names, dtype=object), sizes)
    users = np.random.default_rng(0).integers(12, size=len(part))
    rank = np.random.default_rng([seed, *method.encode()]).integers(1, 60, size=len(part)) // lift + 1
    windows = RankedWindows(part, np.array([f"u{user}" for user in users], dtype=object), rank)

    def score(name):
        ranks = windows.of(name).rank
        hits, gains = ranks <= 10, np.where(ranks <= 10, 1 / np.log2(1 + ranks), 0.0)
        return {"recall_at_10": float(hits.mean()), "ndcg_at_10": float(gains.mean())}

    periods = [
        {
            **score(scored_part(n)),
            "retention": score(retained_part(n)),
            "scored": N_SCORED,
            "learnt": 30,
            "steps": 2,
            "examples": 90,
            "trained_parameters": 70 + n,
            "seconds": 0.5 * n,
            "peak_memory_bytes": None if method == "frozen" else 1_000_000 * n,
        }
        for n in numbers
    ]
    record = {
        "format": 1,
        "question": question,
        "dataset": "foursquare",
        "backbone": "sasrec",
        "method": method,
        "seed": seed,
        "protocol": PROTOCOL,
        "settings": {"rank": 8 + 8 * (seed == 2)},
        "trials": [{"settings": {"rank": rank}, "recall_at_10": 0.4, "ndcg_at_10": 0.3} for rank in (8, 16)],
        "before": score(retained_part(0)),
        "periods": periods,
        "retained": N_RETAINED,
        "tuning_seconds": 12.0,
        "code": "abc",
    }
    return PeriodsCell(TypeAdapter(PeriodsRecord).validate_json(json.dumps(record)), windows)


@pytest.fixture(scope="module")
def cells():
    lifts = {"frozen": 1, "lora": 2, "raie": 4}
    return [cell(method, seed, lift) for method, lift in lifts.items() for seed in (0, 1, 2)]


@pytest.fixture(scope="module")
def table(cells):
    return periods_table_of(cells, order=("frozen", "raie", "lora"), n_resamples=300)


def hits(cells, method, *parts):
    """One row per seed, one column per part."""
    mine = [each for each in cells if each.method == method]
    return np.array([[(each.windows.of(part).rank <= 10).mean() for part in parts] for each in mine])


def references(row):
    return [(each.purpose, each.reference) for each in row.differences]


def test_means_are_over_the_periods_that_count(table, cells):
    assert [row.method for row in table.rows] == ["frozen", "raie", "lora"]
    for row in table.rows:
        recalls = hits(cells, row.method, "scored-3", "scored-4", "scored-5")
        assert row.recall.value == pytest.approx(recalls.mean())
        spread = 4.302652729911275 * recalls.mean(axis=1).std(ddof=1) / np.sqrt(3)
        assert row.recall.half_width == pytest.approx(spread)
        assert [mean.value for mean in row.by_period] == pytest.approx(recalls.mean(axis=0).tolist())


def test_retention_is_followed_from_before_to_the_end(table, cells):
    for row in table.rows:
        kept = hits(cells, row.method, *(retained_part(number) for number in range(N_PARTS + 1)))
        assert row.retention_before.value == pytest.approx(kept[:, 0].mean())
        assert row.retention_after.value == pytest.approx(kept[:, -1].mean())
        place = np.arange(N_PARTS + 1) - N_PARTS / 2
        slopes = (kept * place).sum(axis=1) / (place**2).sum()
        assert row.slope.value == pytest.approx(slopes.mean())
        assert row.slope.half_width == pytest.approx(4.302652729911275 * slopes.std(ddof=1) / np.sqrt(3))
    assert slope_of([0.4, 0.3, 0.2]) == pytest.approx(-0.1)


def test_differences_are_to_lora_and_the_best_baseline(table, cells):
    frozen, raie, lora = table.rows
    assert references(frozen) == [("one adapter", "lora"), ("best baseline", "lora")]
    assert references(raie) == references(frozen)
    assert references(lora) == [("best baseline", "frozen")]
    counted = ("scored-3", "scored-4", "scored-5")
    expected = hits(cells, "raie", *counted).mean() - hits(cells, "lora", *counted).mean()
    for each in raie.differences:
        assert each.recall.difference == pytest.approx(expected)
        assert each.recall.low < expected < each.recall.high
        assert each.recall.n_groups == 12
        assert each.seeds == (0, 1, 2)


def test_ours_is_held_against_its_controls_too(cells):
    controls = [cell(name, 0, lift) for name, lift in (("raie-random-regions", 3), ("raie-one-region", 5))]
    table = periods_table_of([*cells, *controls], n_resamples=20)
    frozen, lora, raie, one, drawn = table.rows
    usual = [("one adapter", "lora"), ("best baseline", "lora")]
    random, whole = ("random regions", "raie-random-regions"), ("one region", "raie-one-region")
    assert references(raie) == [*usual, random, whole]
    assert references(one) == [*usual, random]
    assert references(drawn) == [*usual, whole]
    assert references(lora) == [("best baseline", "frozen")]
    assert raie.against("random regions").recall.difference > 0 > raie.against("one region").recall.difference
    assert raie.against("one region").seeds == (0,)
    assert frozen.against("one region") is None
    shown = markdown.render(periods_sheet_of(table))
    assert "- raie against raie-one-region: -" in shown


def test_only_shared_seeds_are_compared(cells):
    some = [each for each in cells if each.method != "raie" or each.seed == 1]
    rows = {row.method: row for row in periods_table_of(some, n_resamples=20).rows}
    assert [each.seeds for each in rows["raie"].differences] == [(1,), (1,)]
    assert [each.seeds for each in rows["lora"].differences] == [(0, 1, 2)]
    assert rows["raie"].recall.half_width is None
    alone = periods_table_of([each for each in cells if each.method == "raie"]).rows[0]
    assert alone.differences == ()


def test_costs_are_of_all_parts(table):
    lora = table.rows[2]
    assert (lora.costs.seconds, lora.costs.steps, lora.costs.examples) == (7.5, 10, 450)
    assert (lora.costs.trained_parameters, lora.costs.peak_memory_bytes) == (75, 5_000_000)
    assert table.rows[0].costs.peak_memory_bytes is None
    assert [(each.settings["rank"], each.seeds) for each in lora.chosen] == [(8, (0, 1)), (16, (2,))]
    assert table.budget.equal


def test_every_rendering_tells_the_protocol_and_the_figures(table):
    sheet = periods_sheet_of(table)
    for words in (
        "5 consecutive parts of equal numbers of windows",
        "at most 40 windows of everybody",
        "3 passes in batches of 64",
        "Learning part 1 and scoring part 2 chose the settings; means are over the 3 parts that follow",
        "seeds 0, 1, 2 for every method",
    ):
        assert words in sheet.caption
    assert len(sheet.differences) == 3, "lora is one adapter and the best baseline of the two others"
    assert "(one adapter and best baseline, seeds 0, 1, 2)" in sheet.differences[0]
    for row in table.rows:
        for render in (markdown.render, latex.render, html.render):
            assert f"{row.recall.value:.4f}" in render(sheet)
            assert f"{row.slope.value:z.4f}".lstrip("-") in render(sheet)
    found = json.loads(document.render(sheet), parse_constant=pytest.fail)
    assert found["caption"] == sheet.caption
    assert found["rows"][1]["differences"][0]["recall"]["difference"] > 0


def test_cells_of_other_windows_make_no_table(cells):
    with pytest.raises(UsageError, match="0 cells make no table"):
        periods_table_of([])
    other = replace(cells[1], windows=replace(cells[1].windows, user_id=cells[1].windows.user_id[::-1]))
    for odd in (other, cell("lora", 7, 2, question="another")):
        with pytest.raises(UsageError, match=f"{odd.method} of seed {odd.seed} was scored on other windows"):
            periods_table_of([cells[0], odd])
