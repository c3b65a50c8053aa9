import numpy as np
import pytest
from scipy.stats import bootstrap

from raie.exceptions import UsageError
from raie.metrics import bootstrap as room
from raie.metrics.bootstrap import paired_bootstrap


def sample(seed, n=300, n_groups=60, gap=0.1):
    generator = np.random.default_rng(seed)
    second = generator.random(n)
    first = second + gap + generator.normal(scale=0.5, size=n)
    return first, second, generator.integers(n_groups, size=n)


def test_constant_difference_has_no_width():
    _, second, groups = sample(0)
    interval = paired_bootstrap(second + 0.25, second, groups, seed=1)
    assert [interval.difference, interval.low, interval.high] == pytest.approx([0.25] * 3)


def test_same_seed_same_interval_another_seed_another():
    first, second, groups = sample(0)
    interval = paired_bootstrap(first, second, groups, seed=1)
    assert interval == paired_bootstrap(first, second, groups, seed=1)
    assert interval != paired_bootstrap(first, second, groups, seed=2)


def test_rows_may_come_in_any_order_and_groups_under_any_sorted_names():
    first, second, groups = sample(0)
    order = np.random.default_rng(3).permutation(len(first))
    names = np.array([f"u{group:03d}" for group in groups])
    interval = paired_bootstrap(first, second, groups, seed=1)
    other = paired_bootstrap(first[order], second[order], names[order], seed=1)
    assert [other.low, other.high] == pytest.approx([interval.low, interval.high])


def test_swapping_the_models_mirrors_the_interval():
    first, second, groups = sample(0)
    interval = paired_bootstrap(first, second, groups, seed=1)
    mirrored = paired_bootstrap(second, first, groups, seed=1)
    expected = (-interval.difference, -interval.high, -interval.low)
    assert (mirrored.difference, mirrored.low, mirrored.high) == pytest.approx(expected)


def test_agrees_with_scipy_when_every_row_is_its_own_group():
    first, second, _ = sample(0)
    ours = paired_bootstrap(first, second, np.arange(len(first)), seed=1, n_resamples=20_000)
    theirs = bootstrap(
        (first - second,), np.mean, n_resamples=20_000, method="percentile", rng=np.random.default_rng(0)
    ).confidence_interval
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=2e-3)


def test_duplicated_rows_within_groups_do_not_narrow_the_interval():
    first, second, groups = sample(0)
    once = paired_bootstrap(first, second, groups, seed=1)
    thrice = paired_bootstrap(*(np.tile(x, 3) for x in (first, second, groups)), seed=1)
    assert (thrice.low, thrice.high) == pytest.approx((once.low, once.high))


def test_covers_the_truth_about_as_often_as_stated():
    covered = 0
    for seed in range(100):
        first, second, groups = sample(seed, gap=0.0)
        interval = paired_bootstrap(first, second, groups, seed=seed, n_resamples=400)
        covered += interval.low <= 0.0 <= interval.high
    assert covered >= 88


def test_memory_bound_does_not_change_the_interval(monkeypatch):
    first, second, groups = sample(0)
    interval = paired_bootstrap(first, second, groups, seed=1)
    monkeypatch.setattr(room, "_DRAWS_AT_ONCE", 700)
    assert paired_bootstrap(first, second, groups, seed=1) == interval


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"groups": np.zeros(300)}, "1 group"),
        ({"groups": np.zeros(3)}, "300, 300 and 3"),
        ({"first": np.full(300, np.nan)}, "not finite"),
        ({"n_resamples": 0}, "n_resamples = 0"),
        ({"confidence": 95.0}, "confidence = 95"),
    ],
)
def test_what_has_no_interval_is_refused(change, message):
    first, second, groups = sample(0)
    arguments = {"first": first, "second": second, "groups": groups, "seed": 0} | change
    with pytest.raises(UsageError, match=message):
        paired_bootstrap(**arguments)
