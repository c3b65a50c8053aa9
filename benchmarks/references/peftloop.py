"""Regions trained one after another with PEFT, as a user of PEFT would write it.

What `raie.adapters.train` did before it trained all regions in one pass.
"""

import copy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import numpy as np
import torch
from peft import PeftModel, get_peft_model
from peft.utils import get_peft_model_state_dict, set_peft_model_state_dict
from torch.nn.functional import cross_entropy

from raie.adapters.jobs import Job, TrainedAdapter
from raie.adapters.lora import lora_config
from raie.adapters.store import AdapterState
from raie.backbones.batches import batch_of
from raie.backbones.protocol import Backbone
from raie.params import AdapterParams


def train_one_by_one(
    backbone: Backbone,
    jobs: Mapping[str, Job],
    *,
    params: AdapterParams,
    device: str | torch.device = "cpu",
    backbone_dropout: bool = True,
) -> dict[str, TrainedAdapter]:
    """Train a region's adapter, then the next one's.

    Parameters
    ----------
    backbone : Backbone
        Copied for each region.
    jobs : mapping of str to Job
    params : AdapterParams
    device : str or torch.device
    backbone_dropout : bool
        Whether the frozen backbone drops out too, as it does in PEFT unless it is told otherwise.
    """
    return {
        name: _train(backbone, job, params, torch.device(device), backbone_dropout)
        for name, job in jobs.items()
    }


def attach(backbone: Backbone, *, params: AdapterParams, start: AdapterState | None = None) -> PeftModel:
    """Put one trainable adapter on a copy of the backbone; its first matrices are drawn globally."""
    model = get_peft_model(copy.deepcopy(backbone), lora_config(params, backbone.lora_targets))
    if start is not None:
        set_peft_model_state_dict(model, start)
    return model


def state_of(model: PeftModel) -> AdapterState:
    """Copy the tensors of a model's adapter to the CPU."""
    state = get_peft_model_state_dict(model, save_embedding_layers=False)
    return {key: state[key].detach().cpu().clone().contiguous() for key in sorted(state)}


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed torch's generator of initial weights and dropout, and put it back as it was."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        yield


def _train(
    backbone: Backbone, job: Job, params: AdapterParams, device: torch.device, backbone_dropout: bool
) -> TrainedAdapter:
    with seeded(job.seed):
        model = attach(backbone, params=params, start=job.start).to(device).train()
        if not backbone_dropout:
            _only_adapters_drop_out(model)
        losses = _fit(model, job, params, device)
    kept = int((job.weights > 0).sum())
    steps = params.epochs * -(-kept // params.batch_size)
    return TrainedAdapter(state_of(model), losses, steps, params.epochs * kept)


def _fit(model: PeftModel, job: Job, params: AdapterParams, device: torch.device) -> tuple[float, ...]:
    kept = np.flatnonzero(job.weights > 0)
    windows, weights = job.windows.take(kept), np.asarray(job.weights, dtype=np.float32)[kept]
    order = torch.Generator().manual_seed(job.seed)
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=params.learning_rate, weight_decay=0.0)
    losses = []
    for _ in range(params.epochs):
        total = torch.zeros((), device=device)
        shuffled = torch.randperm(len(windows), generator=order).numpy()
        for first in range(0, len(shuffled), params.batch_size):
            chosen = shuffled[first : first + params.batch_size]
            batch = batch_of(windows.histories[chosen], windows.history_times[chosen], device)
            scores = model.get_base_model().scores(model(batch.items, batch.times))
            targets = torch.tensor(windows.next_items[chosen], dtype=torch.int64, device=device)
            weight = torch.tensor(weights[chosen], device=device)
            loss = (weight * cross_entropy(scores, targets, reduction="none")).sum()
            optimizer.zero_grad()
            torch.autograd.backward(loss / weight.sum())
            optimizer.step()
            total += loss.detach()
        losses.append(float(total) / float(weights.sum()))
    return tuple(losses)


def _only_adapters_drop_out(model: PeftModel) -> None:
    model.eval()
    for name, module in model.named_modules():
        module.training = "lora_" in name
