"""The gradient steps of a budget: the one loop that all baselines share."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR

from raie.backbones.batches import batch_of
from raie.backbones.crossentropy import summed_cross_entropy
from raie.backbones.protocol import Batch
from raie.exceptions import UsageError
from raie.methods.contract import Budget, Spent
from raie.sequences.windows import Windows

Loss = Callable[[Batch, Tensor, np.ndarray], Tensor]
"""From a batch, the next items of its rows and which windows they are to what is minimised."""


class Group(NamedTuple):
    """Parameters that learn at one rate."""

    parameters: Sequence[nn.Parameter]
    learning_rate: float


def spend(
    budget: Budget,
    windows: Windows,
    loss: Loss,
    parameters: Sequence[nn.Parameter],
    *,
    learning_rate: float,
    seed: int,
    falls: bool = True,
) -> Spent:
    """Minimise ``loss`` over ``windows`` at one rate; see `spend_at_rates`."""
    return spend_at_rates(budget, windows, loss, [Group(parameters, learning_rate)], seed=seed, falls=falls)


def spend_at_rates(
    budget: Budget,
    windows: Windows,
    loss: Loss,
    groups: Sequence[Group],
    *,
    seed: int,
    falls: bool = True,
) -> Spent:
    """Minimise ``loss`` over ``windows`` by AdamW without weight decay until the budget is spent.

    Rates fall in equal steps towards zero, unless told otherwise. Return what was spent.

    Raises
    ------
    UsageError
        If there is no window.
    """
    each_at = [{"params": list(group.parameters), "lr": group.learning_rate} for group in groups]
    spent, optimizer = Spent(), torch.optim.AdamW(each_at, weight_decay=0.0)
    share = 1 / max(budget.steps, 1) if falls else 0.0
    rates = LambdaLR(optimizer, lambda step: max(1 - share * step, 0.0))
    for chosen in drawn(len(windows), budget, seed):
        batch = batch_of(windows.histories[chosen], windows.history_times[chosen], torch.device("cpu"))
        targets = torch.as_tensor(windows.next_items[chosen].astype(np.int64))
        optimizer.zero_grad()
        torch.autograd.backward(loss(batch, targets, chosen))
        optimizer.step()
        rates.step()
        spent += Spent(1, len(chosen))
    return spent


def drawn(n_windows: int, budget: Budget, seed: int) -> Iterator[np.ndarray]:
    """Yield the windows of each step: reshuffled passes end to end, all batches full but the last.

    Raises
    ------
    UsageError
        If there is no window.
    """
    if not n_windows:
        raise UsageError("there is no window to learn from: take a dataset with more events in Finetune")
    generator = torch.Generator().manual_seed(seed)
    n_passes = -(-budget.examples // n_windows)
    passes = [torch.randperm(n_windows, generator=generator).numpy() for _ in range(n_passes)]
    order = np.concatenate([*passes, np.zeros(0, dtype=np.int64)])[: budget.examples]
    for first in range(0, len(order), budget.batch_size):
        yield order[first : first + budget.batch_size]


def derived(seed: int, place: int) -> int:
    """A seed for each of several things that one seed decides; the first has the seed itself."""
    return int(np.random.SeedSequence([seed, place]).generate_state(1)[0]) if place else seed


def next_item_loss(states: Tensor, vectors: Tensor, targets: Tensor) -> Tensor:
    """Mean full cross-entropy of the next items, scalar; ``PAD`` is no candidate."""
    weights = torch.full((len(targets),), 1 / len(targets))
    loss, _ = summed_cross_entropy(states, vectors[1:], targets - 1, weights)
    return loss
