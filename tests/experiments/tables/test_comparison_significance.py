import madecells
import numpy as np
import pytest

from raie.exceptions import UsageError
from raie.experiments.tables.rows import table_of
from raie.metrics.bootstrap import paired_bootstrap

LIFTS = {"frozen": 1, "lora": 1.6, "full": 1.4, "raie": 2.2, "raie-random-regions": 1.5}


def comparison(table, method, purpose, part=None):
    """The only one, or the first of several parts."""
    found = [
        each
        for each in table.comparisons
        if (each.method, each.purpose) == (method, purpose) and part in (None, each.part)
    ]
    assert len(found) <= 1 + (part is None)
    return found[0] if found else None


def values(method, seed, part, metric):
    made = madecells.columns(seed, method, LIFTS[method])
    rank = made["rank"][made["part"] == part].astype(float)
    hit = (rank <= 10).astype(float)
    return hit if metric == "recall" else hit / np.log2(1 + rank)


def users(seed, part):
    made = madecells.columns(seed, "lora", 1)
    return made["user_id"][made["part"] == part]


@pytest.mark.parametrize("metric", ["recall", "ndcg"])
@pytest.mark.parametrize(
    ("purpose", "reference", "part"),
    [
        ("best baseline", "lora", "test"),
        ("random regions", "raie-random-regions", "test"),
        ("best baseline", "lora", "test_new"),
        ("random regions", "raie-random-regions", "test_new"),
        ("retention", "frozen", "setup_heldout"),
    ],
)
def test_differences_are_paired_over_all_seeds_windows(table, purpose, reference, part, metric):
    each = comparison(table, "raie", purpose, part)
    assert (each.reference, each.part, each.seeds) == (reference, part, (0, 1, 2))
    first, second = (
        np.concatenate([values(method, seed, part, metric) for seed in (0, 1, 2)])
        for method in ("raie", reference)
    )
    groups = np.concatenate([users(seed, part) for seed in (0, 1, 2)])
    expected = paired_bootstrap(first, second, groups, seed=0, n_resamples=300)
    interval = getattr(each, metric)
    assert interval == expected
    assert interval.difference == pytest.approx(np.mean(first - second))
    assert interval.n_groups == madecells.N_USERS


def test_interval_agrees_with_a_bootstrap_drawn_another_way(cells):
    table = table_of(cells, n_resamples=4000)
    interval = comparison(table, "raie", "best baseline").recall
    pooled = {}
    for seed in (0, 1, 2):
        gaps = values("raie", seed, "test", "recall") - values("lora", seed, "test", "recall")
        for user, gap in zip(users(seed, "test"), gaps, strict=True):
            pooled.setdefault(user, []).append(gap)
    generator, means = np.random.default_rng(99), []
    for _ in range(4000):
        drawn = generator.choice(list(pooled), size=len(pooled))
        means.append(np.mean(np.concatenate([pooled[user] for user in drawn])))
    assert (interval.low, interval.high) == pytest.approx(np.quantile(means, [0.025, 0.975]), abs=0.01)
    assert interval.low < interval.difference < interval.high


def test_stacking_seeds_equals_averaging_windows_where_windows_are_the_same():
    generator = np.random.default_rng(5)
    first, second = generator.random((2, 3, 60))
    groups = generator.integers(9, size=60)
    stacked = paired_bootstrap(first.ravel(), second.ravel(), np.tile(groups, 3), seed=1)
    averaged = paired_bootstrap(first.mean(axis=0), second.mean(axis=0), groups, seed=1)
    assert (stacked.low, stacked.high) == pytest.approx((averaged.low, averaged.high))


def test_every_variant_of_ours_is_compared_and_nobody_else(table):
    found = {(each.method, each.purpose, each.reference) for each in table.comparisons}
    assert found == {
        ("raie", "best baseline", "lora"),
        ("raie", "random regions", "raie-random-regions"),
        ("raie", "retention", "frozen"),
        ("raie-random-regions", "best baseline", "lora"),
        ("raie-random-regions", "retention", "frozen"),
    }


def test_what_a_cut_into_regions_costs_is_told(tmp_path):
    for method, lift in (("raie", 2.2), ("raie-one-region", 2.0)):
        madecells.write_cell(tmp_path, method, lift=lift)
    table = table_of(madecells.read(tmp_path), n_resamples=20)
    found = [(each.method, each.part) for each in table.comparisons if each.purpose == "one region"]
    assert found == [("raie", "test"), ("raie", "test_new")]


def test_the_upper_reference_scores_best_and_is_no_baseline(table):
    recalls = {row.method: row.test.recall.value for row in table.rows}
    assert max(recalls, key=recalls.get) == "retrain"
    assert "retrain" not in {each.reference for each in table.comparisons}


def test_the_best_baseline_is_chosen_on_the_seeds_it_shares(tmp_path):
    # full is far better, but on a seed that raie does not have
    for method, seed, lift in (("lora", 0, 1.5), ("full", 0, 0.5), ("full", 1, 50.0), ("raie", 0, 2.0)):
        madecells.write_cell(tmp_path, method, seed, lift=lift)
    table = table_of(madecells.read(tmp_path), n_resamples=20)
    recalls = {row.method: row.test.recall.value for row in table.rows}
    assert recalls["full"] > recalls["lora"]
    each = comparison(table, "raie", "best baseline")
    assert (each.reference, each.seeds) == ("lora", (0,))


def test_equal_baselines_give_way_to_the_order(tmp_path):
    columns = madecells.columns(0, "b", 1.0)
    for method in ("b", "a"):
        madecells.write_cell(tmp_path, method, scores=madecells.scores(columns["rank"], columns["part"]))
    base = tmp_path / "foursquare" / "production" / "sasrec"
    (base / "a" / "0.parquet").write_bytes((base / "b" / "0.parquet").read_bytes())
    madecells.write_cell(tmp_path, "raie")
    cells = madecells.read(tmp_path)
    for order in (["a", "b"], ["b", "a"]):
        table = table_of(cells, order=order, n_resamples=20)
        assert comparison(table, "raie", "best baseline").reference == order[0]


def test_what_shares_no_seed_is_not_compared(tmp_path):
    for method, seed in (("frozen", 0), ("lora", 0), ("raie-random-regions", 0), ("raie", 1)):
        madecells.write_cell(tmp_path, method, seed)
    table = table_of(madecells.read(tmp_path), n_resamples=20)
    assert [each for each in table.comparisons if each.method == "raie"] == []
    assert comparison(table, "raie-random-regions", "best baseline") is not None


def test_seed_and_resamples_reach_the_bootstrap(cells):
    first, second = (table_of(cells, seed=seed, n_resamples=150) for seed in (1, 2))
    assert first.comparisons != second.comparisons
    assert {each.recall.n_resamples for each in first.comparisons} == {150}
    with pytest.raises(UsageError, match="n_resamples = 0"):
        table_of(cells, n_resamples=0)
