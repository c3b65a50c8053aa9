"""A cell on isolation as a JSON document, field by field: unknown keys and other types are refused."""

from typing import Literal

from pydantic.dataclasses import dataclass

from raie.experiments.periods.record import PeriodsProtocol
from raie.experiments.tables.record import STRICT, Cost, Count, Setting, Share


@dataclass(frozen=True, config=STRICT)
class ReturnRecord:
    """One group that left and came back.

    Attributes
    ----------
    scored, absent : int
        Its windows scored at its return, and those that were not learnt from.
    before, stayed, returned : float
        Recall@10: before it left; at its return had it never left, and as it was away.
    """

    scored: Count
    absent: Count
    before: Share
    stayed: Share
    returned: Share

    @property
    def loss(self) -> float:
        """What the absence cost."""
        return self.stayed - self.returned


@dataclass(frozen=True, config=STRICT)
class PoisonRecord:
    """A part with one label for one group, scored on the part that follows.

    Attributes
    ----------
    poisoned, group, others : int
        Windows with that label; windows scored of the group and of all others.
    clean_group, clean_others, group_recall, others_recall : float
        Recall@10 without and with the poison.
    lists_changed : float or None
        Share of the others whose first ten items are not the same in the same order.
    """

    poisoned: Count
    group: Count
    others: Count
    clean_group: Share
    clean_others: Share
    group_recall: Share
    others_recall: Share
    lists_changed: Share | None


@dataclass(frozen=True, config=STRICT)
class RollbackRecord:
    """The poisoned run with one region as it was before the poison.

    Attributes
    ----------
    received : float
        Share of the poisoned windows that the region had received.
    region : int
        Windows scored that it serves, before or after.
    outside_changed, inside_changed, others_changed : float or None
        Share of windows whose scores are not the same to the bit: elsewhere, in that region, and outside
        the poisoned group.
    group_recall, others_recall : float
        Recall@10 of the poisoned group and of all others.
    """

    received: Share
    region: Count
    outside_changed: Share | None
    inside_changed: Share | None
    others_changed: Share | None
    group_recall: Share
    others_recall: Share


@dataclass(frozen=True, config=STRICT)
class MovedRecord:
    """What one part trained: numbers, and shares of regions that received windows and that changed."""

    trained_parameters: Count
    received: Share
    changed: Share


@dataclass(frozen=True, config=STRICT)
class IsolationRecord:
    """One variant and seed on one dataset and backbone; ``cost`` is that of the usual run."""

    format: Literal[1]
    question: str
    dataset: str
    backbone: str
    method: str
    seed: Count
    protocol: PeriodsProtocol
    n_groups: Count
    settings: dict[str, Setting]
    n_trials: Count
    returns: list[ReturnRecord]
    poison: PoisonRecord
    rollback: RollbackRecord
    moved: list[MovedRecord]
    cost: Cost
    code: str | None = None
