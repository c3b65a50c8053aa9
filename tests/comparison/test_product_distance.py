"""How far apart two adapters are: agreement with the products formed whole."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from raie.comparison.adapters import product_distance

PREFIX = "base_model.model."


def adapter(seed, rank, layers=("one", "two")):
    rng = np.random.default_rng(seed)
    state = {}
    for layer in layers:
        state[f"{PREFIX}{layer}.lora_A.weight"] = rng.standard_normal((rank, 5)).astype(np.float32)
        state[f"{PREFIX}{layer}.lora_B.weight"] = rng.standard_normal((7, rank)).astype(np.float32)
    return state


def product(state, layer, scale):
    up, down = (state[f"{PREFIX}{layer}.lora_{name}.weight"].astype(np.float64) for name in "BA")
    return scale * up @ down


seeds = st.integers(0, 2**31)
ranks = st.integers(1, 4)
scales = st.floats(0.5, 4)


@given(seeds, seeds, ranks, ranks, scales, scales)
def test_it_is_the_norm_of_the_difference_of_whole_products(one, other, rank, rank_after, scale, scale_after):
    before, after = adapter(one, rank), adapter(other, rank_after)
    whole = [product(after, layer, scale_after) - product(before, layer, scale) for layer in ("one", "two")]
    found = product_distance(before, after, scales=(scale, scale_after))
    assert found == pytest.approx(np.linalg.norm(whole), rel=1e-6, abs=1e-6)


@given(seeds, ranks, scales)
def test_the_same_product_in_other_factors_is_no_change(seed, rank, scale):
    before = adapter(seed, rank)
    turned = {name: 2 * array if "lora_A" in name else array / 2 for name, array in before.items()}
    assert product_distance(before, turned, scales=(scale, scale)) == pytest.approx(0, abs=1e-5)


def test_a_layer_that_only_one_has_counts_whole():
    before, after = adapter(1, 2, layers=("one",)), adapter(1, 2)
    expected = np.linalg.norm(product(after, "two", 2.0))
    assert product_distance(before, after, scales=(2.0, 2.0)) == pytest.approx(expected)
    assert product_distance({}, before, scales=(0.0, 2.0)) == pytest.approx(
        np.linalg.norm(product(before, "one", 2.0))
    )
