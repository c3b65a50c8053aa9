"""A sequence served by what its region learnt and remembers."""

from dataclasses import dataclass

import torch
from torch import Tensor

from raie.backbones.batches import batch_of
from raie.backbones.protocol import Backbone
from raie.encodings.encode import encode
from raie.methods.regional.model import RegionModel
from raie.methods.regional.routers import ENCODED_AT_ONCE, Router
from raie.sequences.windows import Windows


@dataclass(frozen=True, eq=False)
class RegionRanker:
    """Serves each sequence by its region."""

    backbone: Backbone
    router: Router
    model: RegionModel

    @torch.no_grad()
    def scores(self, windows: Windows) -> Tensor:
        """See `raie.methods.contract.Ranker`."""
        encodings = encode(self.backbone, windows, batch_size=ENCODED_AT_ONCE)
        found = self.router.regions_of(windows, encodings)
        batch = batch_of(windows.histories, windows.history_times, torch.device("cpu"))
        regions, model = torch.as_tensor(found), self.model
        scores = model.scores(batch, regions)
        if model.memory is None or model.trust is None:
            return scores
        return model.trust.mixed(scores, model.memory.neighbours(windows, encodings, found), regions)
