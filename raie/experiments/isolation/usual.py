"""The run in which nothing happens: what every other run is compared with."""

from dataclasses import asdict, dataclass

from raie.experiments.cells.cost import Cost as Measured
from raie.experiments.cells.cost import measured
from raie.experiments.isolation.course import Course
from raie.experiments.isolation.moved import moved_by
from raie.experiments.isolation.question import LEAVES, N_CALM, POISONED, RETURNS
from raie.experiments.isolation.record import MovedRecord
from raie.experiments.periods.split import Parts
from raie.experiments.tables.record import Cost
from raie.methods.contract import Fitted, Spent

KEPT = (LEAVES - 1, POISONED - 1, POISONED, RETURNS - 1)
"""Parts after which it is asked what was fitted: the others are let go, or a cell would hold them all."""


@dataclass(frozen=True, eq=False)
class Usual:
    """What was fitted ``after`` some parts, by their number, what later parts moved, and what all took."""

    after: dict[int, Fitted]
    moved: list[MovedRecord]
    cost: Cost


def usual_run(course: Course, parts: Parts) -> Usual:
    """Learn every part as it was."""
    fitted: Fitted | None = None
    after, moved, spent, costs = dict[int, Fitted](), list[MovedRecord](), Spent(), list[Measured]()
    for number, part in enumerate(parts.parts, start=1):
        before = fitted
        with measured() as cost:
            fitted = course.learn(parts, number, before)
        costs.append(cost)
        spent += fitted.spent
        if number in KEPT:
            after[number] = fitted
        if before is not None and number > N_CALM:
            moved.append(moved_by(fitted, before, part.learnt))
    assert fitted is not None
    return Usual(after, moved, _cost(costs, spent, fitted.trained_parameters))


def _cost(costs: list[Measured], spent: Spent, trained_parameters: int) -> Cost:
    peaks = [cost.peak_memory_bytes for cost in costs if cost.peak_memory_bytes is not None]
    return Cost(
        seconds=sum(cost.seconds for cost in costs),
        **asdict(spent),
        trained_parameters=trained_parameters,
        peak_memory_bytes=max(peaks) if len(peaks) == len(costs) else None,
        tuning_seconds=0.0,
    )
