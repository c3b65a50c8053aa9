"""What was altered is altered where it should be, and what is measured is hand arithmetic."""

import dataclasses

import numpy as np
import pytest

from raie.exceptions import UsageError
from raie.experiments.cells.scoring import ranks_of
from raie.experiments.isolation.altered import poisoned, unwanted, without
from raie.experiments.isolation.homes import homes_of
from raie.experiments.isolation.poison import poison_of, put_back
from raie.experiments.isolation.question import LEAVES, POISONED, RETURNS
from raie.experiments.isolation.returns import returns_of
from raie.experiments.isolation.shown import shown_by
from raie.experiments.isolation.usual import KEPT, usual_run

AWAY = range(LEAVES, RETURNS)


def test_groups_are_of_everybody_and_the_largest_is_first(groups, parts):
    scored = [part.scored for part in parts.parts]
    sizes = [sum(groups.holds(group, windows).sum() for windows in scored) for group in range(3)]
    assert sizes == sorted(sizes, reverse=True)
    assert sum(sizes) == sum(map(len, scored))


def test_who_is_away_is_never_learnt_from(watched, seen, parts, groups, same):
    usual = usual_run(watched, parts)
    assert [len(windows) for windows in seen] == [len(part.learnt) for part in parts.parts]
    seen.clear()
    told = returns_of(watched, parts, groups, 1, usual)
    assert len(seen) == len(AWAY)
    for number, windows in zip(AWAY, seen, strict=True):
        learnt = parts.parts[number - 1].learnt
        assert not groups.holds(1, windows).any()
        assert same(windows, learnt.take(~groups.holds(1, learnt)))
    before = sum(len(parts.parts[number - 1].learnt) for number in AWAY)
    assert told.absent == before - sum(map(len, seen)) > 0
    assert told.scored == groups.holds(1, parts.parts[RETURNS - 1].scored).sum()
    assert told.stayed == told.returned, "who learns nothing forgets nothing"


def test_what_is_scored_and_other_parts_stay(parts, groups, same):
    for altered, touched in (
        (without(parts, groups, 0, AWAY), AWAY),
        (poisoned(parts, groups, 0), [POISONED]),
    ):
        for number, (before, after) in enumerate(zip(parts.parts, altered.parts, strict=True), start=1):
            assert same(before.scored, after.scored)
            if number not in touched:
                assert same(before.learnt, after.learnt)


def test_poison_is_in_one_part_and_one_group(watched, seen, parts, groups):
    usual = usual_run(watched, parts)
    seen.clear()
    told, _ = poison_of(watched, parts, groups, usual)
    (windows,) = seen
    before = parts.parts[POISONED - 1].learnt
    inside, item = groups.holds(0, before), unwanted(parts.parts[POISONED - 2].learnt)
    assert (windows.next_items[inside] == item).all()
    assert np.array_equal(windows.next_items[~inside], before.next_items[~inside])
    assert np.array_equal(windows.histories, before.histories)
    assert told.poisoned == inside.sum() > 0
    assert told.lists_changed == 0.0


def test_the_item_hardly_anybody_wants(parts):
    windows = parts.parts[0].learnt.take(slice(0, 6))
    labels = np.array([5, 3, 5, 7, 7, 3], dtype=np.int32)
    assert unwanted(dataclasses.replace(windows, next_items=labels)) == 3
    assert unwanted(dataclasses.replace(windows, next_items=np.array([5, 3, 5, 9, 9, 8]))) == 3


def test_the_usual_run_is_that_of_periods(course_of, parts):
    course = course_of("lora")
    usual = usual_run(course, parts)
    fitted = None
    for number in range(1, max(KEPT) + 1):
        fitted = course.learn(parts, number, fitted)
        if number in KEPT:
            again = usual.after[number].ranker
            assert np.array_equal(ranks_of(fitted.ranker, parts.retained), ranks_of(again, parts.retained))
    assert sorted(usual.after) == sorted(KEPT)
    assert usual.cost.examples == sum(len(part.learnt) for part in parts.parts)
    assert [(each.received, each.changed) for each in usual.moved] == [(1.0, 1.0)] * 6


def test_an_absence_is_scored_against_the_run_that_went_on(course_of, parts, groups):
    course = course_of("lora", learning_rate=1e-2)
    usual = usual_run(course, parts)
    told = returns_of(course, parts, groups, 0, usual)
    windows = parts.parts[RETURNS - 1].scored
    inside = groups.holds(0, windows)
    ranks = ranks_of(usual.after[RETURNS - 1].ranker, windows)[inside]
    assert told.stayed == pytest.approx((ranks <= 10).mean())
    assert told.loss == pytest.approx(told.stayed - told.returned)


def test_poison_stays_in_its_regions_where_nothing_is_shared(course_of, parts, groups):
    # with every event, what a poisoned window no longer tells others may, who stand elsewhere
    course = course_of("raie", shared_evolves=0, every_event=0)
    usual = usual_run(course, parts)
    bad = poisoned(parts, groups, 0)
    dirty = course.learn(bad, POISONED, usual.after[POISONED - 1]).ranker
    learnt, scored = bad.parts[POISONED - 1].learnt, parts.parts[POISONED].scored
    reached = set(homes_of(dirty, learnt.take(groups.holds(0, learnt))))
    spared = ~np.isin(homes_of(dirty, scored), list(reached))
    clean, hit = (shown_by(each, scored) for each in (usual.after[POISONED].ranker, dirty))
    assert np.array_equal(clean.digests[spared], hit.digests[spared])
    assert (clean.digests != hit.digests)[~spared].any()


@pytest.mark.parametrize("name", ["raie", "raie-random-regions"])
def test_a_rollback_reaches_nobody_outside(name, course_of, parts, groups):
    course = course_of(name)
    usual = usual_run(course, parts)
    poison, back = poison_of(course, parts, groups, usual)
    assert (back.outside_changed, back.inside_changed) == (0.0, 1.0)
    assert 0 < back.received <= 1
    assert 0 < back.region < poison.group + poison.others
    assert all(0 < each.received <= 1 and 0 < each.changed <= 1 for each in usual.moved)


def test_without_regions_all_goes_back(course_of, parts, groups):
    course = course_of("lora", learning_rate=1e-2)
    usual = usual_run(course, parts)
    _, back = poison_of(course, parts, groups, usual)
    assert (back.outside_changed, back.inside_changed, back.received) == (1.0, 1.0, 1.0)
    then, now = usual.after[POISONED - 1].ranker, usual.after[POISONED].ranker
    assert put_back(now, then, parts.parts[0].learnt).ranker is then


def test_a_group_that_is_not_there_is_refused(parts, groups):
    nowhere = dataclasses.replace(groups, centers=np.vstack([groups.centers, -groups.centers.sum(axis=0)]))
    with pytest.raises(UsageError, match="group 4 has 0 of the 48 windows scored at part 7: take a longer"):
        nowhere.scored(3, parts, RETURNS)
    with pytest.raises(UsageError, match="group 4 is not learnt at part 4"):
        poisoned(parts, nowhere, 3)
    with pytest.raises(UsageError, match="of one group alone"):
        without(parts, dataclasses.replace(groups, centers=groups.centers[:1]), 0, AWAY)
