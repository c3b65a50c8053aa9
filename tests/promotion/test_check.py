"""One check: what refuses, what does not, and what cannot be judged."""

import json

import numpy as np
import pytest

from raie.metrics.bootstrap import paired_bootstrap
from raie.params import PromotionParams
from raie.promotion.check import Question, check
from raie.promotion.slice import Slice

PARAMS = PromotionParams(max_recall_loss=0.01, max_retention_loss=0.01, max_region_loss=0.05, n_resamples=400)
ASKED = Question("retention", "max_retention_loss", 0.01)
KEYS = {"name", "windows", "champion", "candidate", "difference", "low", "high", "max_loss", "passed"}
KEYS |= {"judged", "reason"}


def answer(slice_, question=ASKED, confidence=0.95):
    return check(question, slice_, confidence=confidence, params=PARAMS, seed=0)


def lost(n, n_lost, *, users=50):
    """``n`` windows that the champion hits, the first ``n_lost`` of which the candidate misses."""
    candidate = np.ones(n)
    candidate[:n_lost] = 0.0
    who = np.array([f"u{row % users:03d}" for row in range(n)])
    return Slice(np.ones(n), candidate, who, np.full(n, "r0001"))


def test_the_interval_is_the_paired_bootstrap_over_users(plant):
    asked = plant(np.random.default_rng(3), 500, changed=0.2, loss=0.02)
    got = answer(asked, confidence=0.9)
    drawn = paired_bootstrap(
        asked.candidate, asked.champion, asked.users, seed=0, n_resamples=400, confidence=0.9
    )
    assert (got.low, got.high) == (drawn.low, drawn.high)
    assert got.difference == pytest.approx(drawn.difference)
    assert got.candidate - got.champion == got.difference


@pytest.mark.parametrize("seed", range(30))
def test_it_refuses_exactly_a_loss_beyond_the_margin_and_beyond_chance(plant, seed):
    generator = np.random.default_rng(seed)
    asked = plant(
        generator, int(generator.integers(40, 900)), changed=0.1, loss=float(generator.uniform(0, 0.1))
    )
    got = answer(asked)
    assert got.passed is not (got.difference < -0.01 and got.high < 0)
    assert (got.reason == "beyond the margin and beyond chance") is not got.passed


def test_a_loss_within_the_margin_passes_however_sure_it_is():
    asked = lost(10_000, 90, users=10_000)
    got = answer(asked)
    assert got.high < 0
    assert got.passed
    assert got.reason == "within the margin"
    assert not answer(lost(10_000, 110, users=10_000)).passed


def test_a_loss_beyond_the_margin_passes_while_it_may_be_chance():
    one_user = np.where(np.arange(100) < 2, "u000", "u001")
    got = answer(Slice(np.ones(100), np.where(one_user == "u000", 0.0, 1.0), one_user, np.full(100, "")))
    assert got.difference == pytest.approx(-0.02)
    assert got.passed
    assert got.reason == "beyond the margin, but it may be chance"


def test_a_gain_passes(plant):
    asked = plant(np.random.default_rng(0), 400, loss=0.1)
    got = answer(Slice(asked.candidate, asked.champion, asked.users, asked.regions))
    assert got.low > 0 and got.passed and got.reason == "no loss"


@pytest.mark.parametrize(
    ("asked", "min_windows", "reason"),
    [
        (lost(0, 0), 1, "no windows"),
        (lost(199, 199), 200, "199 windows, promotion.min_region_windows = 200"),
        (lost(300, 300, users=1), 200, "1 user: an interval needs at least 2"),
    ],
)
def test_too_little_data_is_not_judged_and_says_so(asked, min_windows, reason):
    got = answer(asked, Question("retention of r0001", "max_region_loss", 0.05, min_windows))
    assert got.passed and not got.judged
    document = got.document()
    assert (document["low"], document["high"], document["reason"]) == (None, None, reason)
    assert document["difference"] == (-1.0 if len(asked) else None)


def test_as_many_windows_as_asked_for_are_judged():
    got = answer(lost(200, 200), Question("retention of r0001", "max_region_loss", 0.05, 200))
    assert got.judged and not got.passed


def test_the_document_is_plain_json(plant):
    document = answer(plant(np.random.default_rng(0), 300, changed=0.1)).document()
    assert set(document) == KEYS
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert json.loads(json.dumps(answer(lost(0, 0)).document(), allow_nan=False))["champion"] is None
