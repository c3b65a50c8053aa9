"""Passes that mix regions: each holds the next batch of every region that has steps left."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from raie.adapters.jobs import Job
from raie.backbones.batches import batch_of
from raie.backbones.protocol import Batch
from raie.params import AdapterParams
from raie.sequences.windows import concatenate


@dataclass(frozen=True, eq=False)
class Pass:
    """A batch of each of K regions, in equal groups of n rows.

    Attributes
    ----------
    batch : Batch
        K n rows, those of a region side by side.
    targets : (K n,) int64
        Next items.
    weights : (K, n) float32
        0 where a smaller batch was filled up.
    epochs : list of int
        The epoch that each region is in, from 0.
    """

    batch: Batch
    targets: Tensor
    weights: Tensor
    epochs: list[int]


def passes(jobs: Sequence[Job], *, params: AdapterParams, device: torch.device) -> Iterator[Pass]:
    """Yield passes until no job has steps left.

    Parameters
    ----------
    jobs : sequence of Job
        Checked, those of most steps first: the regions of a pass are then always the first ones.
    params : AdapterParams
        ``epochs`` and ``batch_size``.
    device : torch.device
    """
    windows = concatenate([job.windows for job in jobs])
    weights = np.concatenate([job.weights for job in jobs])
    firsts = np.cumsum([0, *(len(job.windows) for job in jobs)])
    left = [job.batches(params) for job in jobs]
    while drawn := [found for batches in left if (found := next(batches, None)) is not None]:
        counts = [len(chosen) for _, chosen in drawn]
        real = np.arange(max(counts)) < np.array(counts)[:, None]
        rows = np.repeat(firsts[: len(drawn), None], max(counts), axis=1)
        rows[real] += np.concatenate([chosen for _, chosen in drawn])
        flat = rows.ravel()
        yield Pass(
            batch=batch_of(windows.histories[flat], windows.history_times[flat], device),
            targets=torch.tensor(windows.next_items[flat], dtype=torch.int64, device=device),
            weights=torch.tensor(np.where(real, weights[rows], 0), dtype=torch.float32, device=device),
            epochs=[epoch for epoch, _ in drawn],
        )
