"""A sequence served by what its region learnt and remembers."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from raie.backbones.batches import batch_of
from raie.backbones.protocol import Backbone
from raie.methods.regional.model import RegionModel
from raie.methods.regional.reading import Read, read
from raie.methods.regional.routers import Lots, Router
from raie.sequences.vocabulary import PAD
from raie.sequences.windows import Windows


@dataclass(frozen=True, eq=False)
class RegionRanker:
    """Serves each sequence by its region, or by its two likeliest if ``mixed``."""

    backbone: Backbone
    router: Router
    model: RegionModel
    mixed: bool
    reach: int
    """Regions whose memories a sequence reads."""
    state_share: float
    """Of the likeness that memories are searched by."""

    @torch.no_grad()
    def scores(self, windows: Windows) -> Tensor:
        """See `raie.methods.contract.Ranker`."""
        seen = read(self.backbone, windows, state_share=self.state_share)
        scores = self._under(self.router.regions_of(windows, seen.encodings), windows, seen)
        if not self.mixed or isinstance(self.router, Lots):
            return scores
        others, shares = self.router.runners_up(seen.encodings)
        share = torch.as_tensor(shares, dtype=torch.float32)[:, None]
        mixed = share * scores + (1 - share) * self._under(others, windows, seen)
        return mixed.index_fill(1, torch.tensor([PAD]), -torch.inf)

    def _under(self, homes: np.ndarray, windows: Windows, seen: Read) -> Tensor:
        """Probabilities of every item under regions, (B, n_items + 1), ``PAD`` at minus infinity."""
        batch = batch_of(windows.histories, windows.history_times, torch.device("cpu"))
        regions, model = torch.as_tensor(homes), self.model
        scores = model.scores(batch, regions)
        if model.memory is None or model.trust is None:
            return torch.softmax(scores, dim=1).index_fill(1, torch.tensor([PAD]), -torch.inf)
        reach = self.router.reach(seen.encodings, homes, self.reach)
        return model.trust.mixed(scores, model.memory.neighbours(windows, seen, reach), regions)
