"""A linear layer that carries many adapters: every group of its rows adds the product of its own.

Unlike PEFT's ``adapter_names``, which visits the adapters one after another in every layer, all groups are
multiplied at once.
"""

import copy
from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from raie.backbones.protocol import Backbone


class LowRank(NamedTuple):
    """Matrices of one layer, an adapter per entry.

    Attributes
    ----------
    down : (K, r, in) float32
        A of each adapter.
    up : (K, out, r) float32
        B of each adapter, times its scale alpha / r.
    """

    down: Tensor
    up: Tensor


class StackedLinear(nn.Module):
    """A frozen linear layer and the adapters on it.

    The rows of an input fall into as many equal, adjacent groups as there are adapters; a group's outputs
    are W x + b + B A x under its own A and B (Hu et al. 2022).
    """

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.weight, self.bias = linear.weight, linear.bias
        self.carried: LowRank | None = None
        """None: the layer as it was."""
        self.chosen: Tensor | None = None
        """Entry of `carried` for each group, (G,) int64; None: every entry once, in order."""

    def forward(self, x: Tensor) -> Tensor:
        """Transform (B, ..., in) -> (B, ..., out)."""
        if self.carried is None:
            return functional.linear(x, self.weight, self.bias)
        down, up = self.carried
        if self.chosen is not None:
            down, up = (part.index_select(0, self.chosen) for part in self.carried)
        terms: list[Tensor | None] = [x, self.weight, self.bias, down, up]
        if torch.is_autocast_enabled(x.device.type):
            kind = torch.get_autocast_dtype(x.device.type)
            terms = [term if term is None else term.to(kind) for term in terms]
        out: Tensor = _Sum.apply(*terms)  # type: ignore[no-untyped-call]
        return out


class _Sum(torch.autograd.Function):
    """W x + b + B A x and its gradients, added in place where autograd would make a copy for each term."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, down: Tensor, up: Tensor) -> Tensor:
        rows = x.reshape(len(up), -1, x.shape[-1])
        narrow = torch.bmm(rows, down.mT)
        out = functional.linear(rows, weight, bias).baddbmm_(narrow, up.mT)
        ctx.save_for_backward(rows, weight, down, up, narrow)
        return out.view(*x.shape[:-1], -1)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        rows, weight, down, up, narrow = ctx.saved_tensors
        (of_out,) = gradients
        by_group = of_out.reshape(len(up), -1, of_out.shape[-1])
        of_narrow = torch.bmm(by_group, up)
        of_down, of_up = torch.bmm(of_narrow.mT, rows), torch.bmm(narrow.mT, by_group).mT
        of_x = None
        if ctx.needs_input_grad[0]:
            of_x = (by_group @ weight).baddbmm_(of_narrow, down).view(*of_out.shape[:-1], -1)
        return of_x, None, None, of_down, of_up


class Mounted:
    """A frozen copy of a backbone, in evaluation mode, whose target layers carry adapters.

    Parameters
    ----------
    backbone : Backbone
        Copied; the one passed in is not changed.
    device : torch.device
    """

    def __init__(self, backbone: Backbone, device: torch.device) -> None:
        self.device = device
        self.backbone = copy.deepcopy(backbone).to(device).requires_grad_(False).eval()
        self._layers = {name: StackedLinear(layer) for name, layer in target_layers(self.backbone).items()}
        for name, layer in self._layers.items():
            self.backbone.set_submodule(name, layer)

    def carry(self, matrices: Mapping[str, LowRank], chosen: Tensor | None = None) -> None:
        """Put adapters on the layers named; those that were there are gone.

        Parameters
        ----------
        matrices : mapping of str to LowRank
            By layer; a layer without is the backbone's own.
        chosen : (G,) int64, optional
            Which of them each group of rows is under; without it there is one group for each, in order.
        """
        for name, layer in self._layers.items():
            layer.carried, layer.chosen = matrices.get(name), chosen


def target_layers(backbone: Backbone) -> dict[str, nn.Linear]:
    """Linear layers that adapters attach to: those whose name ends in a target, as PEFT matches them."""
    endings = tuple("." + target for target in backbone.lora_targets)
    return {
        name: module
        for name, module in backbone.named_modules()
        if isinstance(module, nn.Linear) and ("." + name).endswith(endings)
    }
