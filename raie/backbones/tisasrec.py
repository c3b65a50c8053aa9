"""TiSASRec: causal self-attention that knows how long ago each item was (Li et al. 2020).

A position asks every earlier one by content, by place and by the time between the two, in units of the
history's own smallest interval. Places and intervals have vectors for keys and for values, no input of
their own. The unit is the smallest interval up to the position that asks, so that no position sees what
came after it.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from raie.backbones.blocks import Attention, may_look, split_heads
from raie.backbones.causal import CausalBackbone
from raie.backbones.items import PAD
from raie.backbones.protocol import Batch
from raie.params import BackboneParams


class TimeAwareAttention(Attention):
    """Attention whose keys and values depend on place and interval (Li et al. 2020, section 3.4).

    Each query meets every interval's vector once, and weights are summed by interval before they meet the
    values: nothing here is as large as (B, L, L, d).
    """

    def __init__(self, params: BackboneParams) -> None:
        super().__init__(params)
        self.position_keys = _table(params.max_length, params.dim)
        self.position_values = _table(params.max_length, params.dim)
        self.interval_keys = _table(params.time_span + 1, params.dim)
        self.interval_values = _table(params.time_span + 1, params.dim)

    def gather(self, query: Tensor, key: Tensor, value: Tensor, *context: Tensor) -> Tensor:
        """Mix values.

        The context is who may look at whom, (B, 1, L, L) bool, the positions, (L,) int64, and the
        intervals, (B, L, L) int64.
        """
        mask, positions, intervals = context
        _, n_heads, asking, width = query.shape
        key = key + split_heads(self.position_keys[positions][None], n_heads)
        value = value + split_heads(self.position_values[positions][None], n_heads)
        interval = intervals[:, None, -asking:].expand(-1, n_heads, -1, -1)
        # einsum: one product per head over the whole batch, where @ would copy the table for every history.
        by_interval = torch.einsum("bhqe,nhe->bhqn", query, self._per_head(self.interval_keys))
        scores = (query @ key.mT + by_interval.gather(3, interval)) * width**-0.5
        weights: Tensor = scores.masked_fill(~mask[:, :, -asking:], -torch.inf).softmax(dim=3)
        on_interval = weights.new_zeros(by_interval.shape).scatter_add(3, interval, weights)
        timed = torch.einsum("bhqn,nhe->bhqe", on_interval, self._per_head(self.interval_values))
        return weights @ value + timed

    def _per_head(self, table: Tensor) -> Tensor:
        return table.view(len(table), self.n_heads, -1)


class TiSASRec(CausalBackbone):
    """Time-interval-aware self-attentive sequential recommendation."""

    def __init__(self, params: BackboneParams, n_items: int) -> None:
        super().__init__(params, n_items)
        self.add_layers(TimeAwareAttention)

    def inputs(self, batch: Batch) -> tuple[Tensor, ...]:
        """Item vectors; who may look at whom, positions, intervals."""
        positions = self.positions(batch.items.shape[1])
        intervals = relative_intervals(batch, self.params.time_span)
        return self.items(batch.items), may_look(batch.items), positions, intervals


def relative_intervals(batch: Batch, span: int) -> Tensor:
    """Time from each event to each later one, in units of the smallest positive interval seen by then.

    Parameters
    ----------
    batch : Batch
        (B, L); times never decrease within a history.
    span : int
        Longer intervals count as this one.

    Returns
    -------
    (B, L, L) int64
        Whole units from event j to event i at [:, i, j], from 0 to ``span``; arbitrary where either is
        padding. All 0 where no two times differ.
    """
    gaps = batch.times.diff(dim=1, prepend=batch.times[:, :1])
    after_an_event = functional.pad(batch.items, (1, -1)) != PAD
    none_yet = torch.iinfo(torch.int64).max
    unit = torch.where(after_an_event & (gaps > 0), gaps, none_yet).cummin(dim=1).values
    elapsed = batch.times[:, :, None] - batch.times[:, None, :]
    return (elapsed // unit[:, :, None]).clamp(0, span)


def _table(n_rows: int, dim: int) -> nn.Parameter:
    return nn.Parameter(torch.randn(n_rows, dim) * dim**-0.5)
