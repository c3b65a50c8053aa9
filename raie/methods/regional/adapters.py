"""One adapter for everybody and a small one for each region on top, under item vectors that may move."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from raie.adapters.stackedlinear import LowRank, Mounted
from raie.backbones.protocol import Backbone, Batch
from raie.datastore.base import BASE
from raie.methods.fitting import derived
from raie.methods.lowrank import Adapters, item_scores


class RegionAdapters:
    """A frozen backbone under the shared adapter and, for each row of a batch, its region's.

    Parameters
    ----------
    backbone : Backbone
        Copied.
    n_regions : int
        K.
    shared_rank, own_rank : int
        Either may be 0: then there is no such adapter.
    moving : (n_items + 1,) bool tensor, optional
        Items whose vectors learn too, for everybody; without it all stay.
    seed : int
        Of fresh adapters and masks.
    """

    def __init__(
        self,
        backbone: Backbone,
        *,
        n_regions: int,
        shared_rank: int,
        own_rank: int,
        moving: Tensor | None,
        seed: int,
    ) -> None:
        self._n_regions = n_regions
        self._mounted = Mounted(backbone, torch.device("cpu"))
        seeds = [derived(seed, place) for place in range(n_regions + 1)]
        self.shared = Adapters(backbone, rank=shared_rank, seeds=seeds[:1]) if shared_rank else None
        self.own = Adapters(backbone, rank=own_rank, seeds=seeds[1:]) if own_rank else None
        self.shift = None if moving is None else nn.Parameter(torch.zeros(len(moving), backbone.params.dim))
        self._moving = None if moving is None else moving[:, None]

    def go_on(self, before: "RegionAdapters", carried: Callable[[Tensor, Tensor], Tensor]) -> None:
        """Start from what was learnt before; ``carried`` finds each region's rows among the former ones."""
        with torch.no_grad():
            if self.shared and before.shared:
                self.shared.rows.copy_(before.shared.rows)
            if self.own and before.own:
                self.own.rows.copy_(carried(self.own.rows, before.own.rows))
            if self.shift is not None and before.shift is not None:
                self.shift.copy_(before.shift)

    def copied(self, backbone: Backbone) -> "RegionAdapters":
        """Return a copy with the same numbers; ``backbone`` is the one that these were made on."""
        copy = RegionAdapters(
            backbone,
            n_regions=self._n_regions,
            shared_rank=self.shared.rank if self.shared else 0,
            own_rank=self.own.rank if self.own else 0,
            moving=None if self._moving is None else self._moving[:, 0],
            seed=0,
        )
        copy.go_on(self, lambda _, rows: rows)
        return copy

    @property
    def shared_parameters(self) -> list[nn.Parameter]:
        """The shared adapter's numbers."""
        return [self.shared.rows] if self.shared else []

    @property
    def own_parameters(self) -> list[nn.Parameter]:
        """The regions' adapters' numbers."""
        return [self.own.rows] if self.own else []

    @property
    def shifts(self) -> list[nn.Parameter]:
        """How far items have moved."""
        return [] if self.shift is None else [self.shift]

    def scores(self, batch: Batch, regions: Tensor, *, train: bool = False) -> Tensor:
        """Score every item, (B, n_items + 1), ``PAD`` at minus infinity.

        Parameters
        ----------
        batch : Batch
        regions : (B,) int64
            A row at `BASE` is under no adapter; moved item vectors are everybody's.
        train : bool
            Whether inputs drop out.
        """
        model = self._mounted.backbone
        self._mounted.carry(self._matrices(train), torch.where(regions == BASE, self._n_regions, regions))
        if self.shift is not None and self._moving is not None:
            model.items.shift = torch.where(self._moving, self.shift, self.shift.detach())
        try:
            return item_scores(model(batch.items, batch.times), model.item_vectors())
        finally:
            model.items.shift = None

    def _matrices(self, train: bool) -> dict[str, LowRank]:
        """Of the K regions and of the base, whose B are zero."""
        shared, own = (
            each.matrices(each.rows, train=train) if each else {} for each in (self.shared, self.own)
        )
        return {name: self._joined(shared.get(name), own.get(name)) for name in shared or own}

    def _joined(self, shared: LowRank | None, own: LowRank | None) -> LowRank:
        """Put adapters side by side: B A summed is B beside B times A above A."""
        everybody = (
            None if shared is None else LowRank(*(each.expand(self._n_regions, -1, -1) for each in shared))
        )
        parts = [each for each in (everybody, own) if each is not None]
        down = torch.cat([each.down for each in parts], dim=1)
        up = torch.cat([each.up for each in parts], dim=2)
        return LowRank(*(torch.cat([each, torch.zeros_like(each[:1])]) for each in (down, up)))
