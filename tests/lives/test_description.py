"""Descriptions: what sets a region apart comes first, and ids stand in for what has no title."""

import numpy as np
import pytest

from raie.lives.compared import PRIOR
from raie.lives.description import describe
from raie.lives.itemtable import Items

VOCABULARY = ("a", "b", "c", "d")
TITLED = Items(
    titles={"a": "Alien", "b": "Brazil", "c": "Clueless"},
    genres={"a": ("Horror", "Sci-Fi"), "b": ("Sci-Fi",), "c": ("Comedy",)},
)


@pytest.fixture
def remembered():
    """Twenty sequences about a and b, forty about c; d is in all of them."""
    sequences = np.array([[1, 2, 4]] * 10 + [[1, 1, 4]] * 10 + [[3, 0, 4]] * 40)
    regions = np.array(["r1"] * 20 + ["r2"] * 40)
    users = np.array([f"u{number % 7}" for number in range(60)])
    return sequences, regions, users


def described(remembered, items=TITLED):
    return describe(*remembered, vocabulary=VOCABULARY, items=items)


def test_shares_and_lifts_are_those_of_the_formula(remembered):
    one = described(remembered)["r1"]
    assert (one.sequences, one.users) == (20, 7)
    first, second = one.distinctive
    # every one of the region's 20 sequences holds a, none of the other 40: a third of all, 20 / 3 expected
    assert (first.id, first.title, first.share) == ("a", "Alien", 1.0)
    assert first.whole == pytest.approx(20 / 60)
    assert first.lift == pytest.approx((20 + PRIOR) / (20 * 20 / 60 + PRIOR))
    assert (second.id, second.share) == ("b", 0.5)
    assert second.lift == pytest.approx((10 + PRIOR) / (10 * 20 / 60 + PRIOR))


def test_what_all_regions_share_is_frequent_and_sets_none_apart(remembered):
    one = described(remembered)["r1"]
    assert [trait.id for trait in one.frequent] == ["a", "d", "b"]
    assert "d" not in [trait.id for trait in one.distinctive]


def test_a_genre_counts_with_its_share_of_a_sequences_items(remembered):
    genres = {trait.id: trait for trait in described(remembered)["r1"].genres}
    # ten sequences of a, b and d, ten of a and d: a is horror, a and b are science fiction
    assert genres["Horror"].share == pytest.approx((10 / 3 + 10 / 2) / 20)
    assert genres["Sci-Fi"].share == pytest.approx((10 * 2 / 3 + 10 / 2) / 20)
    assert "Comedy" not in genres


def test_names_have_genres_then_titles_else_titles_else_ids(remembered):
    assert described(remembered)["r1"].name == "Sci-Fi, Horror: Alien; Brazil"
    titles = Items(titles=TITLED.titles)
    assert described(remembered, titles)["r1"].name == "Alien; Brazil"
    assert described(remembered, Items())["r1"].name == "items a, b"
    partly = Items(titles={"b": "Brazil"})
    assert described(remembered, partly)["r1"].name == "a; Brazil"


def test_a_region_alone_is_described_by_what_is_frequent(remembered):
    sequences, _, users = remembered
    whole = described((sequences, np.full(60, "r1"), users), Items())["r1"]
    assert whole.distinctive == ()
    assert whole.name == "items d, c, a"


def test_neither_order_nor_repetition_within_a_sequence_matters(remembered):
    sequences, regions, users = remembered
    order = np.random.default_rng(1).permutation(60)
    mixed = sequences[order][:, [2, 0, 1]]
    again = described((np.hstack([mixed, mixed]), regions[order], users[order]))
    for region, one in described(remembered).items():
        assert again[region].name == one.name
        for kind in ("distinctive", "frequent", "genres"):
            traits, others = getattr(one, kind), getattr(again[region], kind)
            assert [trait.id for trait in traits] == [trait.id for trait in others]
            assert [trait.lift for trait in traits] == pytest.approx([trait.lift for trait in others])


def test_nothing_is_changed_in_place(remembered):
    copies = [array.copy() for array in remembered]
    described(remembered)
    for array, copy in zip(remembered, copies, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_rare_items_are_drawn_towards_one():
    """One sequence of many proves little, though no other region holds its item."""
    sequences = np.array([[1, 2]] * 50 + [[1, 3]] + [[4, 0]] * 50)
    regions = np.array(["r1"] * 51 + ["r2"] * 50)
    one = described((sequences, regions, regions), Items())["r1"]
    lifts = {trait.id: trait.lift for trait in one.distinctive}
    assert list(lifts) == ["a", "b", "c"]
    assert lifts["c"] < 1.1 < 1.5 < lifts["b"]


def test_without_sequences_there_is_nothing_to_describe():
    nothing = np.zeros((0, 3), int), np.zeros(0, "<U5"), np.zeros(0, "<U5")
    assert described(nothing) == {}
