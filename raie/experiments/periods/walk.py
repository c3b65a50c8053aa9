"""One method through all parts: recommend first, then learn."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from raie.backbones.protocol import Backbone
from raie.experiments.cells.cost import Cost, measured
from raie.experiments.cells.scoring import ranks_of
from raie.experiments.periods.material import material_of
from raie.experiments.periods.question import PeriodsQuestion
from raie.experiments.periods.split import Parts
from raie.methods.contract import Fitted, Method, Ranker, Settings
from raie.methods.frozen import BackboneRanker


@dataclass(frozen=True, eq=False)
class Period:
    """What happened at one part.

    Attributes
    ----------
    scored : (N,) int64
        Ranks of its labels, before it was learnt from.
    retained : (M,) int64
        Ranks on Set-up's held-out windows, after.
    fitted : Fitted
    cost : Cost
        Of learning it.
    """

    scored: np.ndarray
    retained: np.ndarray
    fitted: Fitted
    cost: Cost


def retained_before(backbone: Backbone, parts: Parts) -> np.ndarray:
    """Ranks on Set-up's held-out windows before anything is learnt, (M,) int64."""
    return ranks_of(BackboneRanker(backbone), parts.retained)


def walk(
    method: Method,
    settings: Settings,
    backbone: Backbone,
    question: PeriodsQuestion,
    parts: Parts,
    seed: int,
) -> Iterator[Period]:
    """Go through the parts in order; the frozen backbone serves the first."""
    fitted: Fitted | None = None
    ranker: Ranker = BackboneRanker(backbone)
    for place, part in enumerate(parts.parts):
        scored = ranks_of(ranker, part.scored)
        material = material_of(backbone, question, parts, place, seed)
        with measured() as cost:
            fitted = method.fit(material, settings, fitted)
        ranker = fitted.ranker
        yield Period(scored, ranks_of(ranker, parts.retained), fitted, cost)
