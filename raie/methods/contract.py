"""What a method gets, what it gives back, and what it may spend."""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from torch import Tensor

from raie.backbones.protocol import Backbone
from raie.exceptions import UsageError
from raie.params import PretrainParams
from raie.sequences.training import Timelines
from raie.sequences.windows import Windows

Settings = Mapping[str, float | int]
"""Hyperparameters of a method, by name: what a trial chooses."""


@dataclass(frozen=True)
class Budget:
    """What every method that trains spends, no matter how it spends it.

    Attributes
    ----------
    examples : int
        Windows seen, each visit counted.
    batch_size : int
        Windows per gradient step.
    """

    examples: int
    batch_size: int

    @property
    def steps(self) -> int:
        """Gradient steps."""
        return -(-self.examples // self.batch_size)

    def parts(self, *shares: float) -> tuple["Budget", ...]:
        """Cut the budget into parts of these shares; if they sum to 1, to the last example."""
        ends = [round(sum(shares[:count]) * self.examples) for count in range(len(shares) + 1)]
        return tuple(Budget(end - start, self.batch_size) for start, end in itertools.pairwise(ends))


@dataclass(frozen=True)
class Spent:
    """What was really spent on gradients; adds up.

    Attributes
    ----------
    steps : int
        Of the optimiser.
    examples : int
        Windows in them, each visit counted.
    """

    steps: int = 0
    examples: int = 0

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(self.steps + other.steps, self.examples + other.examples)


@dataclass(frozen=True, eq=False)
class Material:
    """What a method may learn from; nothing of Test and no held-out user is in it.

    Attributes
    ----------
    backbone : Backbone
        Trained on Set-up. A method copies it and never changes it.
    setup : Windows
        Set-up windows that the backbone was trained on, for replay.
    finetune : Windows
        What came since, or since what was fitted before, in time order.
    everything : Timelines
        All events up to the end of `finetune` but the newest, for a retrain.
    newest : Windows
        Those newest: they choose a retrain's epoch. None where nobody retrains.
    pretrain : PretrainParams
        How the backbone was trained, for a retrain.
    budget : Budget
    seed : int
    """

    backbone: Backbone
    setup: Windows
    finetune: Windows
    everything: Timelines
    newest: Windows
    pretrain: PretrainParams
    budget: Budget
    seed: int


class Ranker(Protocol):
    """What a method serves with once it is fitted."""

    def scores(self, windows: Windows) -> Tensor:
        """Score every item as the next one of each history, (B, n_items + 1) on the CPU; labels unread.

        Column ``PAD`` is minus infinity. Any increasing function of a probability will do.
        """


@dataclass(frozen=True, eq=False)
class Fitted:
    """A fitted method and what it took.

    Attributes
    ----------
    ranker : Ranker
        Holds all that a method which evolves goes on from.
    spent : Spent
    trained_parameters : int
        Numbers that gradients changed.
    notes : dict of str to float
        What only this method measures, such as an editing accuracy.
    """

    ranker: Ranker
    spent: Spent = Spent()
    trained_parameters: int = 0
    notes: Mapping[str, float] | None = None


@dataclass(frozen=True)
class Method:
    """One way to keep a recommender current.

    Attributes
    ----------
    name : str
        As on the command line and in tables.
    learn : callable
        From material and settings to a fitted method; where it evolves, also from what was fitted before.
    grid : tuple of Settings
        Trials, the same number for every method that has something to choose; the first is the default.
    evolves : bool
        Whether it can go on from what it was.
    varies : str or None
        Name of the method that this is a variant of: that one's trials choose for both.
    changes : Settings
        What a variant has other than what was chosen.
    """

    name: str
    learn: Callable[..., Fitted]
    grid: tuple[Settings, ...] = ({},)
    evolves: bool = False
    varies: str | None = None
    changes: Settings = field(default_factory=dict)

    @property
    def tuned_as(self) -> str:
        """Name of the method whose trials choose the settings."""
        return self.varies or self.name

    def fit(self, material: Material, settings: Settings, before: Fitted | None = None) -> Fitted:
        """Fit, from the start or on from what this method made, with these settings, of earlier windows.

        What was fitted before stays as it is.

        Raises
        ------
        UsageError
            If there is no window to learn from, or it is to go on and cannot.
        """
        if before is None:
            return self.learn(material, settings)
        if not self.evolves:
            raise UsageError(f"{self.name} cannot go on from what it was: fit it anew")
        return self.learn(material, settings, before)

    def settings(self, chosen: Settings | None = None) -> Settings:
        """Return the default settings with those chosen.

        Raises
        ------
        UsageError
            If the method has no such setting.
        """
        unknown = sorted(set(chosen or {}) - set(self.grid[0]))
        if unknown:
            known = ", ".join(self.grid[0]) or "none"
            raise UsageError(f"{self.name} has no setting '{unknown[0]}': it has {known}")
        return {**self.grid[0], **(chosen or {}), **self.changes}
