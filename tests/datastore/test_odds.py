"""Odds on disk, and those of several regions side by side."""

import pytest
import torch
from safetensors.torch import save_file

from raie.datastore.odds import Odds, stacked
from raie.exceptions import UsageError


def test_what_is_loaded_is_what_was_saved(tmp_path):
    odds = Odds(torch.tensor([0.5, -1.0, 0.25]), torch.tensor([4.0, 3.0, -0.5]))
    odds.save(tmp_path / "odds.safetensors")
    loaded = Odds.load(tmp_path / "odds.safetensors")
    assert torch.equal(loaded.habits, odds.habits) and torch.equal(loaded.trust, odds.trust)


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        ({"habits": torch.zeros(3)}, "not a region's habits and trust"),
        ({"habits": torch.zeros(3), "trust": torch.zeros(2)}, r"'trust': \(2,\)"),
        ({"habits": torch.zeros(3, 1), "trust": torch.zeros(3)}, "not a region's habits and trust"),
        ({"habits": torch.zeros(3), "trust": torch.tensor([1.0, torch.nan, 0])}, "is not finite"),
    ],
)
def test_another_file_is_refused(tmp_path, tensors, message):
    save_file(tensors, tmp_path / "odds.safetensors")
    with pytest.raises(UsageError, match=message):
        Odds.load(tmp_path / "odds.safetensors")


def test_odds_of_several_regions_keep_their_rows():
    several = [Odds(torch.full((2,), float(row)), torch.full((3,), float(row))) for row in range(3)]
    habits, trust = stacked(several)
    assert habits.places.tolist() == [[0, 0], [1, 1], [2, 2]]
    assert trust.numbers.tolist() == [[0] * 3, [1] * 3, [2] * 3]
    with pytest.raises(UsageError, match=r"histories of \[2, 4\] events"):
        stacked([*several, Odds.fresh(4)])


def test_fresh_odds_have_no_habits():
    fresh = Odds.fresh(5)
    assert fresh.habits.tolist() == [0] * 5
    assert fresh.trust[:2].exp().tolist() == pytest.approx([100, 20])
