"""A taste: a ring of items that its users walk around."""

import math
from dataclasses import dataclass, field

import numpy as np

WALK_SHARE = 0.7
"""Share of events that step on from the user's last item; the others jump to a popular item."""
STEP_RATE = 0.25
"""Steps are geometric with this rate: mean 4 items onwards."""
TILT = 1.5
"""How much popularity favours one side of the ring: exp(TILT cos(angle))."""
SHIFT_STEPS = 3
SHIFT_ANGLE = math.pi / 3
"""Small drift: steps grow by SHIFT_STEPS items and popularity turns by SHIFT_ANGLE radians."""


@dataclass
class Taste:
    """One planted taste, as it is at some moment of the simulation."""

    name: str
    ring: list[str]
    phase: float
    stride: int = 0
    _cumulative: list[float] = field(default_factory=list)

    def next_item(self, rng: np.random.Generator, current: str | None) -> str:
        """Draw what follows ``current``; None, or an item not of this taste, starts the walk anew."""
        if current is not None and rng.random() < WALK_SHARE:
            step = self.stride + int(rng.geometric(STEP_RATE))
            return self.ring[(self.ring.index(current) + step) % len(self.ring)]
        return self.popular_item(rng)

    def popular_item(self, rng: np.random.Generator) -> str:
        """Draw by popularity alone."""
        if not self._cumulative:
            angles = 2 * np.pi * np.arange(len(self.ring)) / len(self.ring)
            weights = np.exp(TILT * np.cos(angles - self.phase))
            self._cumulative = list(np.cumsum(weights / weights.sum()))
        place = int(np.searchsorted(self._cumulative, rng.random()))
        return self.ring[min(place, len(self.ring) - 1)]

    def insert(self, rng: np.random.Generator, item: str) -> None:
        """Put a new item somewhere on the ring."""
        self.ring.insert(int(rng.integers(len(self.ring) + 1)), item)
        self._cumulative = []

    def shift(self) -> None:
        """Drift a little: longer steps, and popularity that leans another way."""
        self.stride += SHIFT_STEPS
        self.phase += SHIFT_ANGLE
        self._cumulative = []
