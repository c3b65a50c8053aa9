"""A preference that leaves and comes back: what is left of it after its absence."""

from raie.experiments.isolation.altered import without
from raie.experiments.isolation.course import Course
from raie.experiments.isolation.groups import Groups
from raie.experiments.isolation.question import LEAVES, RETURNS
from raie.experiments.isolation.record import ReturnRecord
from raie.experiments.isolation.shown import shown_by
from raie.experiments.isolation.usual import Usual
from raie.experiments.periods.split import Parts
from raie.methods.contract import Ranker


def returns_of(course: Course, parts: Parts, groups: Groups, group: int, usual: Usual) -> ReturnRecord:
    """Let a group be away from part `LEAVES` to the one before `RETURNS`, where it is scored again."""
    away = range(LEAVES, RETURNS)
    rest, fitted = without(parts, groups, group, away), usual.after[LEAVES - 1]
    for number in away:
        fitted = course.learn(rest, number, fitted)

    def recall(ranker: Ranker, number: int) -> float:
        inside = groups.scored(group, parts, number)
        windows = parts.parts[number - 1].scored.take(inside)
        return shown_by(ranker, windows).recall(inside[inside])

    return ReturnRecord(
        scored=int(groups.scored(group, parts, RETURNS).sum()),
        absent=_n_learnt(parts, away) - _n_learnt(rest, away),
        before=recall(usual.after[LEAVES - 1].ranker, LEAVES),
        stayed=recall(usual.after[RETURNS - 1].ranker, RETURNS),
        returned=recall(fitted.ranker, RETURNS),
    )


def _n_learnt(parts: Parts, numbers: range) -> int:
    return sum(len(parts.parts[number - 1].learnt) for number in numbers)
