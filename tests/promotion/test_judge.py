"""The verdict on a candidate: properties first, then what its one line says."""

import json
from dataclasses import fields, replace

import numpy as np
import pytest

from raie.params import PromotionParams
from raie.promotion.judge import judge, without_champion
from raie.promotion.slice import Slice

PARAMS = PromotionParams(max_recall_loss=0.01, max_retention_loss=0.01, max_region_loss=0.05, n_resamples=500)


def verdict(newest, retention, *, params=PARAMS, seed=0):
    return judge(newest, retention, k=10, params=params, seed=seed)


@pytest.fixture
def generator():
    return np.random.default_rng(7)


@pytest.fixture
def fair(plant, generator):
    """Two slices on which the candidate differs from the champion by little."""
    return plant(generator, 1000, changed=0.02), plant(generator, 3000, changed=0.02)


def ordered(slice_, order):
    return Slice(*(getattr(slice_, field.name)[order] for field in fields(slice_)))


def mirrored(slice_):
    return Slice(slice_.candidate, slice_.champion, slice_.users, slice_.regions)


def named(got, name):
    (found,) = [each for each in got.checks if each.question.name == name]
    return found


def test_a_copy_of_the_champion_is_promoted_without_a_difference(fair):
    copies = [Slice(each.champion, each.champion, each.users, each.regions) for each in fair]
    got = verdict(*copies)
    assert got.promoted and not got.first
    assert all((each.difference, each.low, each.high) == (0.0, 0.0, 0.0) for each in got.checks)


def test_every_region_with_enough_windows_is_judged_and_the_base_is_no_region(plant, generator):
    retention = plant(generator, 1200, regions=3)
    sizes = {"r0001": 200, "r0002": 199, "": 801}
    retention = replace(retention, regions=np.repeat(list(sizes), list(sizes.values())))
    got = verdict(plant(generator, 100), retention)
    names = ["newest held-out", "retention", "retention of r0001", "retention of r0002"]
    assert [each.question.name for each in got.checks] == names
    assert [each.judged for each in got.checks] == [True, True, True, False]
    assert [each.windows for each in got.checks] == [100, 1200, 200, 199]


def test_retention_refuses_a_candidate_that_looks_better_on_the_newest_windows(plant, generator):
    """A night of one item for everybody: it is ranked first at once, and everything else is unlearnt."""
    newest = mirrored(plant(generator, 500, loss=0.2))
    got = verdict(newest, plant(generator, 3000, changed=0.02, loss=0.13))
    assert named(got, "newest held-out").low > 0
    assert not named(got, "retention").passed
    assert not got.promoted


def test_the_newest_windows_refuse_a_candidate_that_retains(plant, generator):
    got = verdict(plant(generator, 1000, loss=0.1), mirrored(plant(generator, 3000, loss=0.05)))
    assert [each.question.name for each in got.checks if not each.passed] == ["newest held-out"]
    assert got.headline().startswith("refused: newest held-out fell by ")
    assert "promotion.max_recall_loss = 0.01" in got.headline()


def test_one_region_refuses_what_the_whole_does_not_show(plant, generator):
    retention = plant(generator, 6000, regions=12)
    candidate = np.where(retention.regions == "r0005", 0.0, retention.candidate)
    candidate[np.flatnonzero(retention.champion == 0)[:200]] = 1.0  # made up for elsewhere
    got = verdict(plant(generator, 500), replace(retention, candidate=candidate))
    assert [each.question.name for each in got.checks if not each.passed] == ["retention of r0005"]


def test_windows_may_come_in_any_order(plant, generator):
    slices = plant(generator, 400, changed=0.2, loss=0.02), plant(generator, 1500, changed=0.2, loss=0.02)
    shuffled = [ordered(each, generator.permutation(len(each))) for each in slices]
    assert verdict(*shuffled).document() == verdict(*slices).document()


def test_swapping_the_two_mirrors_every_interval(fair):
    pairs = zip(verdict(*fair).checks, verdict(*map(mirrored, fair)).checks, strict=True)
    for there, back in pairs:
        assert (back.difference, back.low, back.high) == pytest.approx(
            (-there.difference, -there.high, -there.low)
        )


def test_equal_arguments_give_equal_verdicts_and_the_seed_counts(fair):
    assert verdict(*fair).document() == verdict(*fair).document()
    assert verdict(*fair, seed=1).document() != verdict(*fair).document()


def test_more_checks_widen_every_interval_and_unjudged_ones_do_not(plant, generator):
    newest, retention = plant(generator, 800, changed=0.1), plant(generator, 3000, regions=1, changed=0.1)
    one = replace(retention, regions=np.full(3000, ""))
    many = replace(retention, regions=np.char.add("r", (np.arange(3000) % 10).astype(str)))
    tiny = replace(retention, regions=np.where(np.arange(3000) < 5, "r0009", ""))
    widths = []
    for each in (one, tiny, many):
        whole = named(verdict(newest, each, params=PromotionParams()), "retention")
        widths.append(whole.high - whole.low)
    assert widths[0] == widths[1] < widths[2]


def test_nothing_to_judge_by_promotes_and_says_so(plant, generator):
    empty = plant(generator, 0)
    got = verdict(empty, empty)
    assert got.promoted and not got.first
    assert (
        got.headline()
        == "promoted: newest held-out not judged (no windows), retention not judged (no windows)"
    )


def test_without_a_champion_the_first_is_promoted():
    got = without_champion(k=5, params=PARAMS)
    assert got.document() == {
        "promoted": True,
        "headline": "promoted: there is no champion to compare with",
        "first": True,
        "checks": [],
        "confidence": 0.95,
        "k": 5,
    }


def test_arrays_are_not_written_to(fair):
    for each in fair:
        for field in fields(each):
            getattr(each, field.name).setflags(write=False)
    assert verdict(*fair).promoted


def hits(n, n_champion, n_candidate):
    """Every user has a thousand windows and as many hits, so that nothing is left to chance."""
    place = np.arange(n) % 1000
    users = np.char.add("u", (np.arange(n) // 1000).astype(str))
    champion, candidate = (place < n_champion).astype(float), (place < n_candidate).astype(float)
    return Slice(champion, candidate, users, np.full(n, "r0001"))


def test_a_refusal_names_the_check_that_lost_the_most_margins():
    got = verdict(hits(2000, 400, 410), hits(5000, 358, 227))
    assert got.headline() == (
        "refused: retention fell by 0.131 (0.358 to 0.227, interval -0.131 to -0.131), "
        "promotion.max_retention_loss = 0.01; 2 of 3 checks refuse it"
    )
    document = json.loads(json.dumps(got.document(), allow_nan=False))
    assert (document["promoted"], document["first"], document["k"]) == (False, False, 10)


def test_a_single_refusal_names_itself_alone():
    got = verdict(hits(2000, 400, 410), hits(5000, 400, 380))
    assert got.headline() == (
        "refused: retention fell by 0.020 (0.400 to 0.380, interval -0.020 to -0.020), "
        "promotion.max_retention_loss = 0.01"
    )


def test_a_promotion_says_what_was_compared():
    assert verdict(hits(2000, 400, 410), hits(5000, 358, 356)).headline() == (
        "promoted: newest held-out +0.010 (0.400 to 0.410), retention -0.002 (0.358 to 0.356)"
    )


def test_a_margin_of_nothing_is_a_margin():
    params = PromotionParams(max_retention_loss=0.0, n_resamples=100)
    got = verdict(hits(2000, 400, 100), hits(5000, 358, 357), params=params)
    assert got.headline().startswith("refused: retention fell by 0.001 ")
    assert verdict(hits(2000, 400, 400), hits(5000, 358, 358), params=params).promoted
