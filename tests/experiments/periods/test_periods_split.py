"""Parts of time: what is scored was never learnt from before, and nobody held out is."""

import dataclasses

import numpy as np
import pytest

from raie.exceptions import UsageError
from raie.experiments.cells.split import split_events
from raie.experiments.periods.material import material_of
from raie.experiments.periods.question import Periods, periods_question_of
from raie.experiments.periods.split import part_ends, split_parts
from raie.interactions.heldout import is_held_out
from raie.interactions.slices import quantile_second
from raie.sequences.windows import Windows


def same(first, second):
    return all(
        np.array_equal(getattr(first, field.name), getattr(second, field.name))
        for field in dataclasses.fields(Windows)
    )


def test_nothing_is_learnt_from_before_it_is_scored(parts, asked):
    for place, part in enumerate(parts.parts[1:]):
        material = material_of(None, asked, parts, place, seed=1)
        seen = (material.setup.label_times, material.finetune.label_times, material.everything.times)
        assert max(times.max() for times in seen) < part.scored.label_times.min()
        assert len(material.newest) == 0


def test_parts_follow_each_other_after_set_up(parts, events):
    setup_end = quantile_second(events.times, 0.5)
    begin = setup_end
    for part in parts.parts:
        times = np.concatenate([part.scored.label_times, part.learnt.label_times])
        assert begin <= times.min() <= times.max() < part.end
        begin = part.end
    assert parts.parts[-1].end == events.times.max() + 1
    for windows in (parts.setup, parts.retained):
        assert windows.label_times.max() < setup_end


def test_nobody_held_out_is_learnt_from(parts, asked):
    for place, part in enumerate(parts.parts):
        assert not is_held_out(part.learnt.user_ids, share=0.1, seed=0).any()
        material = material_of(None, asked, parts, place, seed=1)
        assert len(material.everything.ends) == len(set(parts.events.user_ids))
    for learnt in (parts.setup.user_ids, parts.events.user_ids):
        assert not is_held_out(learnt, share=0.1, seed=0).any()
    assert is_held_out(parts.retained.user_ids, share=0.1, seed=0).all()
    scored = np.concatenate([part.scored.user_ids for part in parts.parts])
    assert is_held_out(scored, share=0.1, seed=0).any(), "everybody is recommended for"


def test_parts_are_of_equal_numbers_up_to_a_shared_second():
    times = np.random.default_rng(0).integers(10_000, size=1200)
    number = np.searchsorted(part_ends(times, 12), times, side="right")
    assert number.max() == 11
    assert np.abs(np.bincount(number) - 100).max() <= 2
    together = np.repeat(np.arange(6), 200)
    number = np.searchsorted(part_ends(together, 3), together, side="right")
    assert all(len(set(number[together == second])) == 1 for second in range(6))


def test_caps_are_kept_and_draw_by_the_seed_only_what_is_learnt(asked, events):
    first, again, second = (split_parts(events, asked, seed) for seed in (1, 1, 2))
    for one, same_seed, other in zip(first.parts, again.parts, second.parts, strict=True):
        assert (len(one.learnt), len(one.scored)) == (60, 50)
        assert same(one.learnt, same_seed.learnt)
        assert not same(one.learnt, other.learnt)
        assert same(one.scored, other.scored)
    assert len(first.retained) == 30
    assert same(first.retained, second.retained)


def test_items_and_replayed_windows_are_those_of_cells(parts, events, question):
    split = split_events(events, question, seed=1)
    assert parts.n_items == split.n_items
    assert same(parts.setup, split.setup)


def test_each_part_has_the_budget_of_its_windows(parts, asked):
    materials = [material_of(None, asked, parts, place, seed=4) for place in range(5)]
    assert [material.budget.examples for material in materials] == [60 * asked.epochs] * 5
    assert len({material.seed for material in materials}) == 5


def test_blocks_are_refused_in_one_line(dataset):
    with pytest.raises(UsageError, match="protocol 'block' has no periods.*use production") as refused:
        periods_question_of(dataset, backbone="sasrec", protocol="block", min_rating=None)
    assert "\n" not in str(refused.value)


def test_backbones_are_those_of_cells(asked, question):
    assert asked.base == question
    assert asked.base.digest == question.digest != asked.digest
    assert asked.folder == question.folder / "periods"
    other = asked.model_copy(update={"periods": Periods(n_parts=6)})
    assert other.digest != asked.digest
    assert other.base.digest == question.digest


def test_a_short_history_is_refused(asked, events):
    with pytest.raises(UsageError, match="circle has no window in part 1 of 5: take a longer history"):
        split_parts(events.take(np.arange(20)), asked, seed=0)
