"""Train one region's adapter on the windows routed to it, the backbone frozen."""

from dataclasses import dataclass

import numpy as np
import torch
from peft import PeftModel
from torch import Tensor
from torch.nn.functional import cross_entropy

from raie.adapters.lora import attach, own_generator, state_of
from raie.adapters.store import AdapterState
from raie.backbones.batches import batch_of
from raie.backbones.items import PAD
from raie.backbones.protocol import Backbone
from raie.exceptions import UsageError
from raie.params import AdapterParams
from raie.sequences.windows import Windows


@dataclass(frozen=True, eq=False)
class TrainedAdapter:
    """An adapter and what its training took.

    Attributes
    ----------
    state : AdapterState
    losses : tuple of float
        Weighted mean loss of each epoch, as met while training.
    steps : int
        Gradient steps.
    examples : int
        Windows seen, every epoch counted.
    """

    state: AdapterState
    losses: tuple[float, ...]
    steps: int
    examples: int


def train_adapter(
    backbone: Backbone,
    windows: Windows,
    weights: np.ndarray,
    *,
    start: AdapterState | None,
    params: AdapterParams,
    seed: int,
    device: str | torch.device = "cpu",
) -> TrainedAdapter:
    """Fit a LoRA to the next items of windows by weighted full cross-entropy (METHOD section 5).

    The backbone is copied, never changed. A batch's loss is the mean over its windows by weight, so a
    window of weight 0 is left out and one of weight 2 counts as two.

    Parameters
    ----------
    backbone : Backbone
    windows : Windows
        N windows whose next items are all known.
    weights : (N,) float
        0 or more.
    start : AdapterState or None
        Where training starts; None: from a fresh adapter.
    params : AdapterParams
    seed : int
        Of the fresh adapter, the order of windows and dropout; torch's generator is left as it was.
    device : str or torch.device

    Raises
    ------
    UsageError
        If no weight is positive, one is negative or not finite, a next item is unknown, or ``start``
        does not fit.
    """
    _check(windows, weights)
    device = torch.device(device)
    with own_generator(seed, device):
        model = attach(backbone, params=params, start=start).to(device).train()
        kept = np.flatnonzero(weights > 0)
        data = _Data(windows.take(kept), np.asarray(weights, dtype=np.float32)[kept], device)
        losses = _fit(model, data, params, torch.Generator().manual_seed(seed))
    steps = params.epochs * -(-len(kept) // params.batch_size)
    return TrainedAdapter(state_of(model), losses, steps, params.epochs * len(kept))


@dataclass(frozen=True, eq=False)
class _Data:
    windows: Windows
    weights: np.ndarray
    device: torch.device

    def batch_loss(self, model: PeftModel, chosen: np.ndarray) -> tuple[Tensor, Tensor]:
        """Weighted sum of the losses of the chosen windows, and the sum of their weights."""
        batch = batch_of(self.windows.histories[chosen], self.windows.history_times[chosen], self.device)
        scores = model.get_base_model().scores(model(batch.items, batch.times))
        targets = torch.tensor(self.windows.next_items[chosen], dtype=torch.int64, device=self.device)
        weights = torch.tensor(self.weights[chosen], device=self.device)
        return (weights * cross_entropy(scores, targets, reduction="none")).sum(), weights.sum()


def _fit(model: PeftModel, data: _Data, params: AdapterParams, order: torch.Generator) -> tuple[float, ...]:
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=params.learning_rate, weight_decay=0.0)
    losses = []
    for _ in range(params.epochs):
        total = torch.zeros((), device=data.device)
        shuffled = torch.randperm(len(data.windows), generator=order).numpy()
        for first in range(0, len(shuffled), params.batch_size):
            loss, weight = data.batch_loss(model, shuffled[first : first + params.batch_size])
            optimizer.zero_grad()
            torch.autograd.backward(loss / weight)
            optimizer.step()
            total += loss.detach()
        losses.append(float(total) / float(data.weights.sum()))
    return tuple(losses)


def _check(windows: Windows, weights: np.ndarray) -> None:
    if len(weights) != len(windows):
        raise UsageError(f"{len(weights)} weights for {len(windows)} windows: pass one weight per window")
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise UsageError("a training weight is negative or not finite: weights are 0 or more")
    if not (weights > 0).any():
        raise UsageError(f"none of {len(windows)} windows has a positive weight: leave the adapter as it is")
    unknown = int((windows.next_items == PAD).sum())
    if unknown:
        raise UsageError(f"{unknown} windows have an unknown next item: leave them out of training")
