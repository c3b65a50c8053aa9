"""Passes over the rows: what one epoch of pretraining does to a backbone, and from which randomness."""

import hashlib
import math
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch.utils import deterministic as memory

from raie.backbones.batches import batch_of
from raie.backbones.checkpoint import Tensors, moments_of, restore_moments
from raie.backbones.protocol import Backbone
from raie.params import PretrainParams
from raie.sequences.training import Rows, Timelines, cut_rows
from raie.sequences.windows import Windows

WARM_UP = 0.05
"""Share of the planned steps over which the learning rate rises."""

MAX_GRADIENT_NORM = 5.0


class Passes:
    """A backbone in training with what it reads and its optimiser.

    An epoch depends on the weights, the optimiser's moments, the seed and the epoch's number alone, so
    that training may stop after any epoch and continue elsewhere.

    Parameters
    ----------
    backbone : Backbone
        Trained in place.
    timelines : Timelines
        What to learn from.
    params : PretrainParams
        Budget and learning rate.
    seed : int
        Of where rows end, of their order, masks and dropout.
    """

    def __init__(self, backbone: Backbone, timelines: Timelines, params: PretrainParams, seed: int) -> None:
        self._backbone, self._timelines, self._params, self._seed = backbone, timelines, params, seed
        n_rows = len(cut_rows(timelines, backbone.params.max_length))
        self._steps = math.ceil(n_rows / params.batch_size)
        self._optimizer = torch.optim.AdamW(
            backbone.parameters(), lr=params.learning_rate, weight_decay=params.weight_decay, fused=True
        )

    def take(self, number: int) -> float:
        """Take epoch ``number``, from 0: one pass over rows of all users. Return its mean loss, in nats."""
        self._backbone.train()
        losses = []
        with _seeded(self._seed, number) as generator:
            rows = self._cut(generator)
            order = torch.randperm(len(rows), generator=generator).numpy()
            for step in range(self._steps):
                chosen = order[step * self._params.batch_size : (step + 1) * self._params.batch_size]
                losses.append(self._step(rows.gather(chosen), number * self._steps + step, generator))
        return float(np.mean(losses))

    def fingerprint(self, validation: Windows) -> str:
        """Digest of what decides the outcome, first weights included: ask before the first epoch."""
        backbone, about = self._backbone, hashlib.sha256()
        machine = f"{backbone.items.genesis.device.type} {torch.get_num_threads()}"
        about.update(
            f"{backbone.params!r} {backbone.n_items} {self._params!r} {self._seed} {machine}".encode()
        )
        for name, weight in backbone.state_dict().items():
            about.update(name.encode() + weight.cpu().contiguous().numpy().tobytes())
        chosen_by = (validation.histories, validation.history_times, validation.next_items)
        for array in (*self._timelines, *chosen_by):
            about.update(f"{array.dtype} {array.shape}".encode() + array.tobytes())
        return about.hexdigest()

    def moments(self) -> Tensors:
        """Return the optimiser's state by name."""
        return moments_of(self._optimizer, self._backbone)

    def restore(self, weights: Tensors, moments: Tensors) -> None:
        """Go back to where a checkpoint left off."""
        self._backbone.load_state_dict(weights)
        restore_moments(self._optimizer, self._backbone, moments)

    def _cut(self, generator: torch.Generator) -> Rows:
        length, offsets = self._backbone.params.max_length, None
        if self._backbone.rows_move:
            n_users = len(self._timelines.ends)
            offsets = torch.randint(length - 1, (n_users,), generator=generator).numpy()
        return cut_rows(self._timelines, length, offsets=offsets)

    def _step(self, rows: tuple[np.ndarray, np.ndarray], step: int, generator: torch.Generator) -> float:
        for group in self._optimizer.param_groups:
            group["lr"] = self._params.learning_rate * self._rate(step)
        device = self._backbone.items.genesis.device
        batch = batch_of(*rows, device)
        loss = self._backbone.pretraining_loss(batch, generator)
        self._optimizer.zero_grad()
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(self._backbone.parameters(), MAX_GRADIENT_NORM)
        self._optimizer.step()
        return loss.item()

    def _rate(self, step: int) -> float:
        planned = self._params.epochs * self._steps
        warm_up = max(1, round(WARM_UP * planned))
        if step < warm_up:
            return (step + 1) / warm_up
        return 0.5 * (1 + math.cos(math.pi * (step - warm_up) / max(1, planned - warm_up)))


@contextmanager
def _seeded(seed: int, number: int) -> Iterator[torch.Generator]:
    own = int(np.random.SeedSequence([seed, number]).generate_state(1, np.uint64)[0] >> 1)
    deterministic = torch.are_deterministic_algorithms_enabled()
    only_warns = torch.is_deterministic_algorithms_warn_only_enabled()
    fills = memory.fill_uninitialized_memory  # type: ignore[attr-defined]
    # Dropout draws from the global generators: lend them a seed and give them back as they were.
    with torch.random.fork_rng():
        torch.manual_seed(own)
        torch.use_deterministic_algorithms(True, warn_only=only_warns or not deterministic)
        # Nothing here reads memory before it is written; to fill it first takes 3-6 % of a step.
        memory.fill_uninitialized_memory = False  # type: ignore[attr-defined]
        try:
            yield torch.Generator().manual_seed(own)
        finally:
            torch.use_deterministic_algorithms(deterministic, warn_only=only_warns)
            memory.fill_uninitialized_memory = fills  # type: ignore[attr-defined]
