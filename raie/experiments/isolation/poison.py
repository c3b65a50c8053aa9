"""A part in which all of one group chose the same item: whom it reaches, and what a rollback mends."""

from dataclasses import dataclass

import numpy as np

from raie.experiments.isolation.altered import poisoned
from raie.experiments.isolation.course import Course
from raie.experiments.isolation.groups import Groups
from raie.experiments.isolation.homes import homes_of
from raie.experiments.isolation.question import POISONED
from raie.experiments.isolation.record import PoisonRecord, RollbackRecord
from raie.experiments.isolation.shown import Shown, shown_by
from raie.experiments.isolation.usual import Usual
from raie.experiments.periods.split import Parts
from raie.methods.contract import Ranker
from raie.methods.regional.ranker import RegionRanker
from raie.methods.regional.rollback import rolled_back
from raie.sequences.windows import Windows

GROUP = 0
"""Which is poisoned: the largest."""


def poison_of(
    course: Course, parts: Parts, groups: Groups, usual: Usual
) -> tuple[PoisonRecord, RollbackRecord]:
    """Poison part `POISONED`, put back what was hit most, and score the part that follows."""
    bad, then = poisoned(parts, groups, GROUP), usual.after[POISONED - 1].ranker
    now = course.learn(bad, POISONED, usual.after[POISONED - 1]).ranker
    learnt, scored = bad.parts[POISONED - 1].learnt, parts.parts[POISONED].scored
    inside = groups.scored(GROUP, parts, POISONED + 1)
    clean, dirty = (shown_by(ranker, scored) for ranker in (usual.after[POISONED].ranker, now))
    hit = learnt.take(groups.holds(GROUP, learnt))
    told = PoisonRecord(
        poisoned=len(hit),
        group=int(inside.sum()),
        others=int((~inside).sum()),
        clean_group=clean.recall(inside),
        clean_others=clean.recall(~inside),
        group_recall=dirty.recall(inside),
        others_recall=dirty.recall(~inside),
        lists_changed=_share((clean.lists != dirty.lists).any(axis=1)[~inside]),
    )
    back = put_back(now, then, hit)
    mended, where = shown_by(back.ranker, scored), _where(now, back, scored, inside)
    return told, _rollback(back.share, where, inside, dirty=dirty, mended=mended)


@dataclass(frozen=True, eq=False)
class PutBack:
    """A ranker of which the part that was hit is what it was.

    Attributes
    ----------
    ranker : Ranker
    region : str or None
        What went back; None: all of it.
    share : float
        Of the windows that hit, those which that region received.
    """

    ranker: Ranker
    region: str | None
    share: float


def put_back(now: Ranker, then: Ranker, hit: Windows) -> PutBack:
    """Put back the region that received most of the windows ``hit``; all, where there are no regions."""
    homes = homes_of(now, hit)
    if homes is None or not (isinstance(now, RegionRanker) and isinstance(then, RegionRanker)):
        return PutBack(then, None, 1.0)
    counts = {region: float(np.mean(homes == region)) for region in now.router.ids}
    known = [region for region in now.router.ids if region in then.router.ids]
    region = max(known, key=lambda each: counts[each])
    return PutBack(rolled_back(now, then, region), region, counts[region])


def _where(now: Ranker, back: PutBack, windows: Windows, inside: np.ndarray) -> np.ndarray:
    """Tell which windows that region serves, before or after: without regions, the group stands for it."""
    before, after = homes_of(now, windows), homes_of(back.ranker, windows)
    if before is None or after is None or back.region is None:
        return inside
    return np.asarray((before == back.region) | (after == back.region))


def _rollback(
    received: float, where: np.ndarray, inside: np.ndarray, *, dirty: Shown, mended: Shown
) -> RollbackRecord:
    changed = dirty.digests != mended.digests
    return RollbackRecord(
        received=received,
        region=int(where.sum()),
        outside_changed=_share(changed[~where]),
        inside_changed=_share(changed[where]),
        others_changed=_share(changed[~inside]),
        group_recall=mended.recall(inside),
        others_recall=mended.recall(~inside),
    )


def _share(found: np.ndarray) -> float | None:
    return float(found.mean()) if len(found) else None
