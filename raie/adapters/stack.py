"""Adapters as one matrix: a row of numbers per adapter, cut into the matrices of each layer."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from raie.adapters.files import DOWN, PREFIX, UP
from raie.adapters.fit import check_fit
from raie.adapters.stackedlinear import LowRank, target_layers
from raie.adapters.store import AdapterState
from raie.backbones.protocol import Backbone


@dataclass(frozen=True)
class Stack:
    """Where adapters of one rank have their numbers, P of them each.

    Attributes
    ----------
    layers : dict of str to (int, int)
        Inputs and outputs of each target layer, by name.
    rank : int
        r.
    """

    layers: dict[str, tuple[int, int]]
    rank: int

    @classmethod
    def on(cls, backbone: Backbone, *, rank: int) -> "Stack":
        """Lay out adapters of ``backbone``."""
        found = target_layers(backbone)
        return cls({name: (layer.in_features, layer.out_features) for name, layer in found.items()}, rank)

    def check(self, state: AdapterState, *, name: str) -> None:
        """Refuse an adapter of another backbone or rank, see `check_fit`."""
        check_fit(state, expected=self.unpack(self.pack([{}])[0]), name=name)

    def pack(self, states: Sequence[AdapterState]) -> Tensor:
        """Lay K adapters side by side, (K, P) on the CPU.

        What a state leaves out is zero: all tensors, or the rest of the rank of a smaller adapter.
        """
        rows = torch.zeros(len(states), sum(self._sizes))
        for row, state in zip(rows, states, strict=True):
            for key, view in self._named(row).items():
                if key in state:
                    given = state[key]
                    view[: given.shape[0], : given.shape[1]] = given
        return rows

    def unpack(self, row: Tensor) -> AdapterState:
        """Copy an adapter out of its row, (P,), under PEFT's names and to the CPU."""
        named = self._named(row.detach().cpu())
        return {key: named[key].clone() for key in sorted(named)}

    def matrices(self, rows: Tensor) -> dict[str, LowRank]:
        """View rows, (K, P), as the matrices of each layer, by its name."""
        parts, k = iter(torch.split(rows, self._sizes, dim=1)), len(rows)
        return {
            name: LowRank(next(parts).view(k, self.rank, inputs), next(parts).view(k, outputs, self.rank))
            for name, (inputs, outputs) in self.layers.items()
        }

    @property
    def _sizes(self) -> list[int]:
        return [self.rank * side for sides in self.layers.values() for side in sides]

    def _named(self, row: Tensor) -> dict[str, Tensor]:
        named = {}
        for layer, (down, up) in self.matrices(row[None]).items():
            named[PREFIX + layer + DOWN], named[PREFIX + layer + UP] = down[0], up[0]
        return named
