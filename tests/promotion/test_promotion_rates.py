"""Rates over two hundred seeds: a candidate that differs by chance passes, one that unlearns does not."""

import numpy as np
import pytest

from raie.params import PromotionParams
from raie.promotion.judge import judge

SEEDS = range(200)
PARAMS = PromotionParams(
    max_recall_loss=0.01, max_retention_loss=0.01, max_region_loss=0.05, n_resamples=1000
)


def refused(draw):
    """Share of seeds whose candidate is refused."""
    verdicts = []
    for seed in SEEDS:
        generator = np.random.default_rng(seed)
        verdicts.append(judge(*draw(generator), k=10, params=PARAMS, seed=0).promoted)
    return 1.0 - np.mean(verdicts)


@pytest.mark.parametrize(("changed", "regions"), [(0.04, 4), (0.04, 12), (0.1, 4)])
def test_chance_refuses_less_than_two_candidates_in_a_hundred(plant, changed, regions):
    """Ordinary nights on Foursquare change 1 to 4 % of the windows."""

    def draw(generator):
        newest = plant(generator, 1000, changed=changed, regions=regions)
        return newest, plant(generator, 5000, changed=changed, regions=regions, users=100)

    assert refused(draw) < 0.02


def test_a_loss_of_five_in_a_hundred_newest_windows_is_refused(plant):
    def draw(generator):
        newest = plant(generator, 1000, changed=0.04, loss=0.05)
        return newest, plant(generator, 3000, changed=0.04, users=150)

    assert refused(draw) > 0.9


def test_a_loss_of_five_in_a_hundred_set_up_windows_is_refused(plant):
    def draw(generator):
        return plant(generator, 1000, changed=0.04), plant(generator, 1000, changed=0.04, loss=0.05)

    assert refused(draw) > 0.9
