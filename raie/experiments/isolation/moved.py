"""How much of a method a part moves."""

import numpy as np

from raie.experiments.isolation.homes import homes_of
from raie.experiments.isolation.record import MovedRecord
from raie.methods.contract import Fitted
from raie.methods.regional.owned import owned_digest
from raie.methods.regional.ranker import RegionRanker
from raie.sequences.windows import Windows


def moved_by(fitted: Fitted, before: Fitted, learnt: Windows) -> MovedRecord:
    """Count what learning these windows trained; a method without regions is one region."""
    now, then, homes = fitted.ranker, before.ranker, homes_of(fitted.ranker, learnt)
    if homes is None or not (isinstance(now, RegionRanker) and isinstance(then, RegionRanker)):
        trained = float(fitted.spent.steps > 0)
        return MovedRecord(fitted.trained_parameters, received=trained, changed=trained)
    regions = now.router.ids
    return MovedRecord(
        trained_parameters=fitted.trained_parameters,
        received=float(np.isin(regions, homes).mean()),
        changed=float(np.mean([_changed(now, then, region) for region in regions])),
    )


def _changed(now: RegionRanker, then: RegionRanker, region: str) -> bool:
    return region not in then.router.ids or owned_digest(now, region) != owned_digest(then, region)
