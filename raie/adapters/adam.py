"""Adam on a matrix whose rows finish one after another."""

import torch
from torch import Tensor

BETAS = (0.9, 0.999)
EPSILON = 1e-8


class Adam:
    """Adam (Kingma and Ba 2015), the numbers of `torch.optim.AdamW` without weight decay.

    Parameters
    ----------
    rows : (K, P) float32
        Updated in place. Rows have nothing in common but the number of the step.
    learning_rate : float
    """

    def __init__(self, rows: Tensor, learning_rate: float) -> None:
        self._rows, self._rate, self._step = rows, learning_rate, 0
        self._mean, self._square = torch.zeros_like(rows), torch.zeros_like(rows)

    @torch.no_grad()
    def update(self, gradient: Tensor) -> None:
        """Take a step along the gradient of the first rows, (at most K, P); all others stay as they are."""
        self._step += 1
        first = len(gradient)
        mean, square = self._mean[:first], self._square[:first]
        mean.lerp_(gradient, 1 - BETAS[0])
        square.mul_(BETAS[1]).addcmul_(gradient, gradient, value=1 - BETAS[1])
        corrections = [1 - beta**self._step for beta in BETAS]
        size = square.sqrt().div_(corrections[1] ** 0.5).add_(EPSILON)
        self._rows[:first].addcdiv_(mean, size, value=-self._rate / corrections[0])
