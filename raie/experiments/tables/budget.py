"""What the trained methods were given, so that a reader sees whether it was the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from raie.experiments.tables.record import Cost
from raie.experiments.tables.roles import RETRAIN

Range = tuple[int, int]


@dataclass(frozen=True)
class Budget:
    """Training of all methods that took steps, the upper reference left out.

    Attributes
    ----------
    methods : tuple of str
        In the order of the table; may be empty.
    steps, examples : (int, int) or None
        Fewest and most of a cell; None without methods.
    """

    methods: tuple[str, ...]
    steps: Range | None
    examples: Range | None

    @property
    def equal(self) -> bool:
        """Tell whether all took the same steps and examples."""
        return all(span is not None and span[0] == span[1] for span in (self.steps, self.examples))


def budget_of(methods: Mapping[str, Sequence[Cost]]) -> Budget:
    """Range of steps and examples over the cells of methods that train, from what each cell took."""
    costs = {
        method: each
        for method, each in methods.items()
        if method != RETRAIN and any(cost.steps for cost in each)
    }
    steps = [cost.steps for each in costs.values() for cost in each]
    examples = [cost.examples for each in costs.values() for cost in each]
    if not costs:
        return Budget((), None, None)
    return Budget(tuple(costs), (min(steps), max(steps)), (min(examples), max(examples)))
