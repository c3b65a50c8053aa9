"""The gradient steps of a budget: the one loop that all baselines share."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from raie.backbones.batches import batch_of
from raie.backbones.crossentropy import summed_cross_entropy
from raie.backbones.protocol import Batch
from raie.exceptions import UsageError
from raie.methods.contract import Budget
from raie.sequences.windows import Windows

Loss = Callable[[Batch, Tensor, np.ndarray], Tensor]
"""From a batch, the next items of its rows and which windows they are to what is minimised."""


def spend(
    budget: Budget,
    windows: Windows,
    loss: Loss,
    parameters: Sequence[nn.Parameter],
    *,
    learning_rate: float,
    seed: int,
) -> None:
    """Minimise ``loss`` over ``windows`` by AdamW without weight decay until the budget is spent.

    Raises
    ------
    UsageError
        If there is no window.
    """
    optimizer = torch.optim.AdamW(parameters, lr=learning_rate, weight_decay=0.0)
    for chosen in drawn(len(windows), budget, seed):
        batch = batch_of(windows.histories[chosen], windows.history_times[chosen], torch.device("cpu"))
        targets = torch.as_tensor(windows.next_items[chosen].astype(np.int64))
        optimizer.zero_grad()
        torch.autograd.backward(loss(batch, targets, chosen))
        optimizer.step()


def drawn(n_windows: int, budget: Budget, seed: int) -> Iterator[np.ndarray]:
    """Yield the windows of each step: reshuffled passes, the last cut where the budget ends.

    Raises
    ------
    UsageError
        If there is no window.
    """
    if not n_windows:
        raise UsageError("there is no window to learn from: take a dataset with more events in Finetune")
    generator = torch.Generator().manual_seed(seed)
    left = budget.examples
    while left > 0:
        order = torch.randperm(n_windows, generator=generator).numpy()[:left]
        left -= len(order)
        for first in range(0, len(order), budget.batch_size):
            yield order[first : first + budget.batch_size]


def next_item_loss(states: Tensor, vectors: Tensor, targets: Tensor) -> Tensor:
    """Mean full cross-entropy of the next items, scalar; ``PAD`` is no candidate."""
    weights = torch.full((len(targets),), 1 / len(targets))
    loss, _ = summed_cross_entropy(states, vectors[1:], targets - 1, weights)
    return loss
