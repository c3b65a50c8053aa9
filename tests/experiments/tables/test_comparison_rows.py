import madecells
import numpy as np
import pytest
from scipy import stats

from raie.experiments.tables.means import mean_of
from raie.experiments.tables.rows import table_of

ORDER = ["frozen", "full", "lora", "retrain", "raie"]


def row(table, method):
    return next(each for each in table.rows if each.method == method)


def expected(method, lift, part, metric, seeds=(0, 1, 2)):
    """Scores by the definitions, seed by seed, from the made-up ranks alone."""
    made = [madecells.columns(seed, method, lift) for seed in seeds]
    return [madecells.scores(each["rank"], each["part"])[part][metric] for each in made]


def half_width(values):
    low, high = stats.t.interval(0.95, len(values) - 1, loc=np.mean(values), scale=stats.sem(values))
    return (high - low) / 2


@pytest.mark.parametrize("part", ["setup_seen", "setup_heldout", "test"])
def test_means_and_intervals_over_seeds_are_student_s(table, part):
    quality = getattr(row(table, "lora"), part)
    for mean, metric in ((quality.recall, "recall_at_10"), (quality.ndcg, "ndcg_at_10")):
        values = expected("lora", 1.6, part, metric)
        assert mean.value == pytest.approx(np.mean(values))
        assert mean.half_width == pytest.approx(half_width(values))
        assert mean.half_width > 0
        assert mean.n_seeds == 3


def test_interval_by_hand():
    mean = mean_of([0.1, 0.2, 0.3])
    assert (mean.value, mean.half_width) == pytest.approx((0.2, 4.302652729911275 * 0.1 / 3**0.5))


def test_one_seed_has_no_interval():
    assert mean_of([0.4]).half_width is None


def test_forgetting_is_paired_by_seed_and_positive_when_forgotten(table):
    frozen = np.array(expected("frozen", 1, "setup_heldout", "recall_at_10"))
    drops = frozen - expected("full", 1.4, "setup_heldout", "recall_at_10")
    forgetting = row(table, "full").forgetting
    assert forgetting.value == pytest.approx(drops.mean())
    assert forgetting.half_width == pytest.approx(half_width(drops))
    assert row(table, "frozen").forgetting.value == 0


def test_forgetting_uses_only_the_seeds_that_frozen_has(tmp_path):
    madecells.write_cell(tmp_path, "frozen", 1)
    for seed in (0, 1):
        madecells.write_cell(tmp_path, "full", seed, lift=0.2)
    madecells.write_cell(tmp_path, "lora", 0)
    table = table_of(madecells.read(tmp_path))
    before = expected("frozen", 1.0, "setup_heldout", "recall_at_10", [1])[0]
    after = expected("full", 0.2, "setup_heldout", "recall_at_10", [1])[0]
    forgetting = row(table, "full").forgetting
    assert (forgetting.value, forgetting.n_seeds) == (pytest.approx(before - after), 1)
    assert forgetting.value > 0
    assert row(table, "lora").forgetting is None


def test_without_frozen_there_is_no_forgetting(tmp_path):
    madecells.write_cell(tmp_path, "lora")
    assert row(table_of(madecells.read(tmp_path)), "lora").forgetting is None


def test_harmonic_mean_is_taken_seed_by_seed(table):
    kept = expected("raie", 2.2, "setup_heldout", "recall_at_10")
    new = expected("raie", 2.2, "test", "recall_at_10")
    values = [stats.hmean(pair) for pair in zip(kept, new, strict=True)]
    harmonic = row(table, "raie").harmonic
    assert (harmonic.value, harmonic.half_width) == pytest.approx((np.mean(values), half_width(values)))


def test_costs_are_means_over_seeds(tmp_path):
    madecells.write_cell(tmp_path, "lora", 0, cost={"seconds": 10.0, "steps": 100, "peak_memory_bytes": 8})
    madecells.write_cell(tmp_path, "lora", 1, cost={"seconds": 30.0, "steps": 101, "peak_memory_bytes": 16})
    costs = row(table_of(madecells.read(tmp_path)), "lora").costs
    assert (costs.seconds, costs.steps, costs.peak_memory_bytes) == (20.0, 100.5, 12.0)
    assert (costs.examples, costs.trained_parameters, costs.tuning_seconds) == (90000, 24576, 120)


def test_memory_that_one_seed_does_not_know_has_no_mean(tmp_path):
    for seed, peak in ((0, None), (1, 16)):
        madecells.write_cell(tmp_path, "lora", seed, cost={"peak_memory_bytes": peak})
    assert row(table_of(madecells.read(tmp_path)), "lora").costs.peak_memory_bytes is None


def test_settings_are_told_apart_by_seed_and_trials_counted(tmp_path):
    for seed, rank in ((0, 8), (1, 4), (2, 8)):
        trials = [{"settings": {}, "recall_at_10": 0.1, "ndcg_at_10": 0.1}] * (seed + 1)
        madecells.write_cell(tmp_path, "lora", seed, settings={"rank": rank}, trials=trials)
    lora = row(table_of(madecells.read(tmp_path)), "lora")
    assert [(each.settings, each.seeds) for each in lora.chosen] == [
        ({"rank": 8}, (0, 2)),
        ({"rank": 4}, (1,)),
    ]
    assert lora.n_trials == (1, 3)


def test_rows_follow_the_order_and_others_come_after_by_name(cells):
    methods = [each.method for each in table_of(cells, order=["raie", "none", "lora"], n_resamples=2).rows]
    assert methods == ["raie", "lora", "frozen", "full", "raie-random-regions", "retrain"]


def test_the_order_of_cells_does_not_matter(cells):
    shuffled = [cells[place] for place in np.random.default_rng(3).permutation(len(cells))]
    assert table_of(shuffled, order=ORDER, n_resamples=50) == table_of(cells, order=ORDER, n_resamples=50)


def test_windows_are_a_range_where_seeds_have_different_numbers(tmp_path):
    for seed, finetune in ((0, 500), (1, 400)):
        protocol = madecells.document("lora", seed, madecells.columns(seed, "lora", 1.0))["protocol"]
        protocol["windows"]["finetune"] = finetune
        madecells.write_cell(tmp_path, "lora", seed, protocol=protocol)
    cells = madecells.read(tmp_path)
    table = table_of(cells)
    assert table.windows == {"finetune": (400, 500), "setup_seen": (40, 40)} | {
        "setup_heldout": (60, 60),
        "test": (80, 80),
        "test_new": (50, 50),
    }
    assert table == table_of(cells[::-1])


def test_methods_may_have_different_seeds(tmp_path):
    for method, seeds in (("frozen", [0]), ("lora", [0, 1, 2]), ("raie", [2])):
        for seed in seeds:
            madecells.write_cell(tmp_path, method, seed)
    table = table_of(madecells.read(tmp_path), n_resamples=20)
    assert {each.method: each.seeds for each in table.rows} == {
        "frozen": (0,),
        "lora": (0, 1, 2),
        "raie": (2,),
    }
    assert row(table, "raie").test.recall.half_width is None
    assert row(table, "lora").test.recall.half_width is not None


def test_budget_is_that_of_trained_methods_without_the_upper_reference(tmp_path):
    for method, steps in (("frozen", 0), ("lora", 100), ("raie", 120), ("retrain", 5000)):
        madecells.write_cell(tmp_path, method, cost={"steps": steps, "examples": 10 * steps})
    budget = table_of(madecells.read(tmp_path), n_resamples=20).budget
    assert budget.methods == ("lora", "raie")
    assert (budget.steps, budget.examples, budget.equal) == ((100, 120), (1000, 1200), False)


def test_budget_is_equal_when_no_cell_differs(table):
    assert (table.budget.steps, table.budget.examples, table.budget.equal) == (
        (1407, 1407),
        (90000, 90000),
        True,
    )
