"""One region goes back to what it was: the rest of what was learnt since stays.

What everybody shares is nobody's to take back: the shared adapter and the item vectors stay as they are.
"""

from dataclasses import replace

import torch

from raie.datastore.habits import Habits
from raie.datastore.trust import Trust
from raie.exceptions import UsageError
from raie.methods.regional.model import RegionModel
from raie.methods.regional.ranker import RegionRanker


def rolled_back(now: RegionRanker, former: RegionRanker, region: str) -> RegionRanker:
    """Return ``now`` with one region as ``former`` had it; neither is changed.

    Its own adapter, habits, trust, memory and geometry are those of ``former`` to the bit; those of every
    other region stay to the bit. Which sequences come to it may change with its geometry.

    Parameters
    ----------
    now : RegionRanker
    former : RegionRanker
        What ``now`` went on from, over any number of periods.
    region : str
        One of the router's ``ids``.

    Raises
    ------
    UsageError
        If one of the two has no such region.
    """
    for ranker, when in ((now, "now"), (former, "then")):
        if region not in ranker.router.ids:
            there = ", ".join(ranker.router.ids)
            raise UsageError(f"there is no region '{region}' {when}: choose one that both have, of {there}")
    row, was = now.router.ids.index(region), former.router.ids.index(region)
    router = now.router.restored(former.router, region)
    return replace(now, router=router, model=_model(now, former, row, was))


def _model(now: RegionRanker, former: RegionRanker, row: int, was: int) -> RegionModel:
    mine, theirs = now.model, former.model
    memory = mine.memory.restored(theirs.memory, row, was) if mine.memory and theirs.memory else None
    model = RegionModel(
        mine.adapters.copied(now.backbone),
        Habits(*mine.habits.places.shape) if mine.habits else None,
        memory,
        Trust(len(mine.trust.numbers)) if mine.trust else None,
    )
    with torch.no_grad():
        for fresh, kept, back in zip(model.owned, mine.owned, theirs.owned, strict=True):
            fresh.copy_(kept)
            fresh[row] = back[was]
    return model
