"""What regions learn and remember, put together."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from raie.backbones.protocol import Batch
from raie.datastore.habits import Habits
from raie.datastore.trust import Trust
from raie.methods.fitting import Group
from raie.methods.regional.adapters import RegionAdapters
from raie.methods.regional.form import Form
from raie.methods.regional.memory import Memory


@dataclass(frozen=True, eq=False)
class RegionModel:
    """What regions learn and remember; `habits`, `memory` and `trust` may be left out."""

    adapters: RegionAdapters
    habits: Habits | None
    memory: Memory | None
    trust: Trust | None

    def scores(self, batch: Batch, regions: Tensor, *, train: bool = False) -> Tensor:
        """Score every item under adapters and habits, memory apart; see `RegionAdapters.scores`."""
        scores = self.adapters.scores(batch, regions, train=train)
        return self.habits.followed(scores, batch.items, regions) if self.habits else scores

    @property
    def odds(self) -> list[nn.Parameter]:
        """Habits and trust, a row for each region."""
        habits = [self.habits.places] if self.habits else []
        return habits + ([self.trust.numbers] if self.trust else [])

    @property
    def owned(self) -> list[nn.Parameter]:
        """What regions own of it, a row for each: adapters, habits, trust."""
        return [*self.adapters.own_parameters, *self.odds]

    def own_groups(self, form: Form) -> list[Group]:
        """What regions own of all that learns, and how fast."""
        return _filled(
            Group(self.adapters.own_parameters, form.learning_rate * form.own_pace),
            Group(self.odds, form.odds_rate),
        )

    def shared_groups(self, form: Form) -> list[Group]:
        """What is everybody's."""
        return _filled(
            Group(self.adapters.shared_parameters, form.learning_rate),
            Group(self.adapters.shifts, form.item_rate),
        )

    def go_on(self, before: "RegionModel", carried: Callable[[Tensor, Tensor], Tensor]) -> None:
        """Start from what was learnt before, see `RegionAdapters.go_on`."""
        self.adapters.go_on(before.adapters, carried)
        with torch.no_grad():
            if self.habits and before.habits:
                self.habits.places.copy_(carried(self.habits.places, before.habits.places))
            if self.trust and before.trust:
                self.trust.numbers.copy_(carried(self.trust.numbers, before.trust.numbers))


def _filled(*groups: Group) -> list[Group]:
    return [group for group in groups if group.parameters]
