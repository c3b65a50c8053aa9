"""What a region learnt beside its adapter: its habits, and how far it trusts its neighbours."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from raie.backbones.reading import read_tensors
from raie.datastore.files import HABITS, TRUST
from raie.datastore.habits import Habits
from raie.datastore.trust import Trust
from raie.exceptions import UsageError


@dataclass(frozen=True, eq=False)
class Odds:
    """Log odds of one region.

    Attributes
    ----------
    habits : (L,) float32
        See `raie.datastore.habits.Habits`.
    trust : (3,) float32
        See `raie.datastore.trust.Trust`.
    """

    habits: Tensor
    trust: Tensor

    @classmethod
    def fresh(cls, length: int) -> "Odds":
        """Where learning starts: no habits in histories of ``length`` places, and the usual trust."""
        return cls(Habits(1, length).places.detach()[0], Trust(1).numbers.detach()[0])

    @property
    def told(self) -> dict[str, float]:
        """What a reader asks first: the model's weight w, sharpness s, a, and the newest place's habit."""
        weight, sharpness, repeat = self.trust.tolist()
        return {
            "weight": math.exp(weight),
            "sharpness": math.exp(sharpness),
            "repeat": repeat,
            "newest_place": float(self.habits[-1]),
        }

    def save(self, path: Path) -> None:
        """Write them; the bytes depend on the numbers alone."""
        save_file({HABITS: self.habits.contiguous(), TRUST: self.trust.contiguous()}, path)

    @classmethod
    def load(cls, path: Path) -> "Odds":
        """Read odds written by `save`.

        Raises
        ------
        UsageError
            If the file holds something else, or a number is not finite.
        """
        tensors = read_tensors(path)
        shapes = {name: tuple(each.shape) for name, each in tensors.items()}
        if shapes.keys() != {HABITS, TRUST} or len(shapes[HABITS]) != 1 or shapes[TRUST] != (3,):
            raise UsageError(f"{path} holds {shapes}, not a region's habits and trust: run the stage adapt")
        if not all(bool(torch.isfinite(each).all()) for each in tensors.values()):
            raise UsageError(f"{path}: a number is not finite: run the stage adapt again")
        return cls(tensors[HABITS], tensors[TRUST])


def stacked(odds: Sequence[Odds]) -> tuple[Habits, Trust]:
    """Put the odds of K regions together, a row each.

    Raises
    ------
    UsageError
        If their histories differ in length.
    """
    lengths = sorted({len(each.habits) for each in odds})
    if len(lengths) > 1:
        raise UsageError(f"habits of histories of {lengths} events: adapters are of one sequences.length")
    habits, trust = Habits(len(odds), lengths[0] if lengths else 1), Trust(len(odds))
    with torch.no_grad():
        for row, each in enumerate(odds):
            habits.places[row], trust.numbers[row] = each.habits, each.trust
    return habits, trust
