"""Fit a region's odds to what came next, given what its model had expected before it learnt from it.

A night's sequences are new to the adapter of the night before, as whatever is served is new to the adapter
that serves it. Had it learnt from them first, its model would look surer than it is, and its neighbours
would be trusted too little.

Odds are the most likely ones given the night and a normal prior around those of the night before, so that a
night of few sequences moves them little.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize
from torch import Tensor, nn

from raie.datastore.neighbours import Neighbours
from raie.datastore.odds import Odds
from raie.datastore.trust import Trust
from raie.sequences.vocabulary import PAD

AT_ONCE = 4096
"""Sequences whose places are compared at a time."""
MAX_ITERATIONS = 100
TOLERANCE = 1e-11
"""Of the loss, relative: so far down that another machine's rounding finds the same odds."""
FloatArray = NDArray[np.float64]
_LEAST = 1e-12
"""Of a probability's normaliser, which rounding may take to 0."""


@dataclass(frozen=True, eq=False)
class Expected:
    """What a model expected of N sequences, as far as odds change it, and what came.

    Attributes
    ----------
    histories : (N, L) int64
    next_items : (N,) int64
    history_logs : (N, L) float32
        Log probability of each place's item; anything where ``PAD`` stands.
    next_logs : (N,) float32
        Log probability of what came next.
    near : Neighbours
        Of all that was seen before.
    weights : (N,) float32
    """

    histories: Tensor
    next_items: Tensor
    history_logs: Tensor
    next_logs: Tensor
    near: Neighbours
    weights: Tensor

    def __len__(self) -> int:
        return len(self.next_items)

    def take(self, selected: np.ndarray) -> "Expected":
        """Return the sequences at ``selected``."""
        rows = torch.as_tensor(selected)
        return Expected(
            self.histories[rows],
            self.next_items[rows],
            self.history_logs[rows],
            self.next_logs[rows],
            self.near.take(selected),
            self.weights[rows],
        )

    def precise(self) -> "Expected":
        """The same in float64."""
        near = Neighbours(self.near.cosines.double(), self.near.items, self.near.repeats)
        logs = (self.history_logs.double(), self.next_logs.double())
        return Expected(self.histories, self.next_items, *logs, near, self.weights.double())

    def under(self, habits: Tensor) -> Tensor:
        """Log probabilities of what came next under habits, (L,), as well: (N,).

        Those of the history's items move by theirs and all others make room; an item that stands in several
        places gets the sum, see `raie.datastore.habits.Habits`.
        """
        same = (self.histories[:, :, None] == self.histories[:, None, :]).to(habits.dtype)
        odds = same @ habits
        likely = torch.where(self.histories == PAD, 0.0, self.history_logs.exp()) / same.sum(dim=2)
        grown = 1 + (likely * (odds.exp() - 1)).sum(dim=1)
        chosen = (self.histories == self.next_items[:, None]).to(habits.dtype) @ habits
        return self.next_logs + chosen - grown.clamp(min=_LEAST).log()


def calibrated(expected: Expected, start: Odds, *, spread: float) -> Odds:
    """Return the most likely odds.

    Parameters
    ----------
    expected : Expected
    start : Odds
        Those before, where the prior is centred.
    spread : float
        Its standard deviation, in log odds.
    """
    parts = [
        expected.take(np.arange(first, min(first + AT_ONCE, len(expected)))).precise()
        for first in range(0, len(expected), AT_ONCE)
    ]
    centre = torch.cat([start.habits, start.trust]).double()
    trust, habits = Trust(1), nn.Parameter(start.habits.double())
    trust.numbers = nn.Parameter(trust.numbers.double())

    def surprise(numbers: FloatArray) -> tuple[float, FloatArray]:
        """-log of the odds' likelihood and prior, up to a constant, and its gradient."""
        with torch.no_grad():
            habits.copy_(torch.as_tensor(numbers[: len(habits)]))
            trust.numbers[0] = torch.as_tensor(numbers[len(habits) :])
        moved = torch.cat([habits, trust.numbers[0]]) - centre
        loss = (moved**2).sum() / (2 * spread**2)
        for part in parts:
            alone = torch.zeros(len(part), dtype=torch.int64)
            losses = trust.losses(part.under(habits), part.next_items, part.near, alone)
            loss = loss + (part.weights * losses).sum()
        to_habits, to_trust = torch.autograd.grad(loss, [habits, trust.numbers])
        return float(loss.detach()), torch.cat([to_habits, to_trust[0]]).numpy()

    # not torch.optim: importing it costs more than all that it would do here
    options = {"maxiter": MAX_ITERATIONS, "ftol": TOLERANCE}
    found = minimize(surprise, centre.numpy(), jac=True, method="L-BFGS-B", options=options)
    numbers = torch.as_tensor(found.x, dtype=torch.float32)
    return Odds(numbers[: len(habits)].clone(), numbers[len(habits) :].clone())
