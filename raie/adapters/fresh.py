"""An untrained adapter: it gives the backbone's outputs exactly, because its B is zero."""

import math

import torch
from torch import nn

from raie.adapters.files import DOWN, PREFIX, UP
from raie.adapters.stackedlinear import target_layers
from raie.adapters.store import AdapterState
from raie.backbones.protocol import Backbone
from raie.params import AdapterParams


def fresh_adapter(backbone: Backbone, *, params: AdapterParams, seed: int) -> AdapterState:
    """Draw an untrained adapter, the numbers that PEFT would draw; torch's generator is left as it was."""
    state = {}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for name, layer in target_layers(backbone).items():
            down = nn.Linear(layer.in_features, params.rank, bias=False).weight
            up = nn.Linear(params.rank, layer.out_features, bias=False).weight
            # PEFT draws what a linear layer draws, then draws A again and sets B to zero.
            nn.init.kaiming_uniform_(down, a=math.sqrt(5))
            state[PREFIX + name + DOWN], state[PREFIX + name + UP] = down.detach(), torch.zeros_like(up)
    return {key: state[key].detach() for key in sorted(state)}
