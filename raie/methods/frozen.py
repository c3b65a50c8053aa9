"""The base model as it was after Set-up: what forgetting and adaptation are measured from."""

from dataclasses import dataclass

import torch
from torch import Tensor

from raie.backbones.batches import batch_of
from raie.backbones.protocol import Backbone
from raie.methods.contract import Fitted, Material, Method, Settings
from raie.sequences.windows import Windows


@dataclass(frozen=True, eq=False)
class BackboneRanker:
    """Serves with a whole backbone."""

    backbone: Backbone

    @torch.no_grad()
    def scores(self, windows: Windows) -> Tensor:
        """See `raie.methods.contract.Ranker`."""
        batch = batch_of(windows.histories, windows.history_times, torch.device("cpu"))
        return self.backbone.scores(self.backbone(batch.items, batch.times))


def fit(material: Material, settings: Settings, before: Fitted | None = None) -> Fitted:
    """Change nothing."""
    return Fitted(BackboneRanker(material.backbone.eval()))


METHOD = Method("frozen", fit, evolves=True)
