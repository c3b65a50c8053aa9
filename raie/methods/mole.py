"""Mixture of LoRA experts: a gate that is learnt weighs the experts for every sequence.

After "Mixture of LoRA Experts" (Wu et al. 2024). The gate reads the encoding that RAIE routes by, so that
the two differ in who decides, a learnt gate or regions, and not in what is seen.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from raie.backbones.batches import batch_of
from raie.backbones.protocol import Backbone, Batch
from raie.encodings.encode import encode
from raie.methods.contract import Fitted, Material, Method, Settings
from raie.methods.fitting import next_item_loss, spend
from raie.methods.lowrank import Adapted, item_scores
from raie.sequences.windows import Windows

ENCODED_AT_ONCE = 256


@dataclass(frozen=True, eq=False)
class GatedRanker:
    """Serves each sequence with its own mixture of experts."""

    adapted: Adapted
    gate: nn.Linear
    backbone: Backbone

    @torch.no_grad()
    def scores(self, windows: Windows) -> Tensor:
        """See `raie.methods.contract.Ranker`."""
        batch = batch_of(windows.histories, windows.history_times, torch.device("cpu"))
        gates = gates_of(self.gate, encode(self.backbone, windows, batch_size=ENCODED_AT_ONCE))
        return item_scores(self.adapted.states(batch, gates), self.adapted.vectors)


def fit(material: Material, settings: Settings) -> Fitted:
    """Train experts and gate together."""
    n_experts = int(settings["n_experts"])
    encodings = encode(material.backbone, material.finetune, batch_size=ENCODED_AT_ONCE)
    adapted = Adapted(material.backbone, rank=int(settings["rank"]), n_adapters=n_experts, seed=material.seed)
    gate = nn.Linear(encodings.shape[1], n_experts)
    nn.init.normal_(gate.weight, std=1.0, generator=torch.Generator().manual_seed(material.seed))
    nn.init.zeros_(gate.bias)

    def loss(batch: Batch, targets: Tensor, chosen: np.ndarray) -> Tensor:
        states = adapted.states(batch, gates_of(gate, encodings[chosen]), train=True)
        return next_item_loss(states, adapted.vectors, targets)

    parameters = [adapted.rows, *gate.parameters()]
    rate = float(settings["learning_rate"])
    spent = spend(
        material.budget, material.finetune, loss, parameters, learning_rate=rate, seed=material.seed
    )
    n_parameters = sum(parameter.numel() for parameter in parameters)
    return Fitted(GatedRanker(adapted, gate, material.backbone), spent, n_parameters)


def gates_of(gate: nn.Linear, encodings: np.ndarray) -> Tensor:
    """Weight of each expert, (B, n), rows sum to 1."""
    gates: Tensor = torch.softmax(gate(torch.as_tensor(encodings)), dim=1)
    return gates


GRID: tuple[Settings, ...] = tuple(
    {"rank": 24 // n, "n_experts": n, "learning_rate": rate} for n in (3, 8) for rate in (1e-3, 2e-3)
)
METHOD = Method("mole", fit, GRID)
