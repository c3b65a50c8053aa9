"""Train the adapters of all regions at once, the backbone frozen."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from raie.adapters.adam import Adam
from raie.adapters.dropout import Dropout
from raie.adapters.fresh import fresh_adapter
from raie.adapters.jobs import Job, TrainedAdapter
from raie.adapters.passes import Pass, passes
from raie.adapters.stack import Stack
from raie.adapters.stackedlinear import LowRank, Mounted
from raie.backbones.crossentropy import summed_cross_entropy
from raie.backbones.device import autocast, usable_device
from raie.backbones.protocol import Backbone
from raie.exceptions import UsageError
from raie.params import AdapterParams

ROWS_AT_ONCE = 256
"""Windows in a pass: with more, what a layer writes no longer lies in the processor's caches for the next."""


def train_adapters(
    backbone: Backbone,
    jobs: Mapping[str, Job],
    *,
    params: AdapterParams,
    device: str | torch.device = "cpu",
    precision: str = "float32",
) -> dict[str, TrainedAdapter]:
    """Fit a LoRA per region to next items by weighted full cross-entropy.

    What a region learns depends on its own job alone, up to rounding: a pass holds a batch of every region,
    its loss is the sum of theirs, and each region draws its own order and masks. A batch's loss is the
    mean over its windows by weight.

    Parameters
    ----------
    backbone : Backbone
        Copied, never changed. Adapters learn on what they will serve on: the backbone without its dropout.
    jobs : mapping of str to Job
        By region id.
    params : AdapterParams
    device : str or torch.device
    precision : {"float32", "bfloat16"}
        Of the products inside the backbone; adapters, scores and losses are float32 either way.

    Returns
    -------
    dict of str to TrainedAdapter
        In the order of ``jobs``.

    Raises
    ------
    UsageError
        If a job's weights make no loss, a next item is unknown, or a start does not fit the backbone.
    """
    stack = Stack.on(backbone, rank=params.rank)
    ready = {name: _ready(name, job, backbone, stack, params) for name, job in jobs.items()}
    trainer = _Trainer(Mounted(backbone, usable_device(device)), stack, params, precision)
    # Regions of about as many steps go together: then passes stay full to the end.
    names = sorted(ready, key=lambda name: -len(ready[name].windows))
    at_once = max(1, ROWS_AT_ONCE // params.batch_size)
    trained: dict[str, TrainedAdapter] = {}
    for first in range(0, len(names), at_once):
        together = names[first : first + at_once]
        found = trainer.train([ready[name] for name in together])
        trained |= dict(zip(together, found, strict=True))
    return {name: trained[name] for name in jobs}


def _ready(name: str, job: Job, backbone: Backbone, stack: Stack, params: AdapterParams) -> Job:
    """The job checked, with the adapter that it starts from."""
    checked = job.checked()
    newest = int(checked.windows.next_items.max())
    if newest > backbone.n_items:
        raise UsageError(
            f"a next item of {name} is {newest}, the backbone knows {backbone.n_items}: grow it first"
        )
    if job.start is None:
        return replace(checked, start=fresh_adapter(backbone, params=params, seed=job.seed))
    stack.check(job.start, name=f"the adapter that {name} starts from")
    return checked


class _Trainer:
    def __init__(self, mounted: Mounted, stack: Stack, params: AdapterParams, precision: str) -> None:
        self._mounted, self._stack, self._params, self._precision = mounted, stack, params, precision

    def train(self, jobs: Sequence[Job]) -> list[TrainedAdapter]:
        """Train jobs side by side, those of most steps first."""
        params, device = self._params, self._mounted.device
        rows = self._stack.pack([job.start or {} for job in jobs]).to(device)
        adam, dropout = Adam(rows, params.learning_rate), Dropout([job.seed for job in jobs], params.dropout)
        totals = torch.zeros(len(jobs), params.epochs, device=device)
        for taken in passes(jobs, params=params, device=device):
            active = rows[: len(taken.epochs)].detach().requires_grad_()
            self._mounted.carry(self._matrices(active, dropout))
            loss, losses = self._loss(taken)
            (gradient,) = torch.autograd.grad(loss, active)
            adam.update(gradient)
            totals[torch.arange(len(active)), taken.epochs] += losses
        return [self._trained(*each) for each in zip(jobs, rows, totals.tolist(), strict=True)]

    def _matrices(self, rows: Tensor, dropout: Dropout) -> dict[str, LowRank]:
        """A without the inputs that drop out and B times its scale, of each layer and region."""
        scale = self._params.lora_alpha / self._params.rank
        matrices = self._stack.matrices(rows)
        widths = [down.shape[2] for down, _ in matrices.values()]
        masks = torch.split(dropout.masks(len(rows), sum(widths)).to(rows.device), widths, dim=1)
        return {
            name: LowRank(down * mask[:, None], scale * up)
            for (name, (down, up)), mask in zip(matrices.items(), masks, strict=True)
        }

    def _loss(self, taken: Pass) -> tuple[Tensor, Tensor]:
        """Sum of the regions' weighted means, and the weighted sum of each region's losses, (K,)."""
        backbone, batch, weights = self._mounted.backbone, taken.batch, taken.weights
        with autocast(self._precision, self._mounted.device):
            states = backbone(batch.items, batch.times)
        shares = weights / weights.sum(dim=1, keepdim=True)
        # PAD is no candidate: items start at row 1.
        loss, losses = summed_cross_entropy(
            states.float(), backbone.item_vectors()[1:], taken.targets - 1, shares.flatten()
        )
        return loss, (losses.view_as(weights) * weights).sum(dim=1)

    def _trained(self, job: Job, row: Tensor, totals: list[float]) -> TrainedAdapter:
        weight, n_windows, epochs = float(job.weights.sum()), len(job.windows), self._params.epochs
        losses = tuple(total / weight for total in totals)
        return TrainedAdapter(self._stack.unpack(row), losses, job.steps(self._params), epochs * n_windows)
