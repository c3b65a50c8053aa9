"""What regions learn from: windows with their regions and what was remembered before each."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from raie.backbones.protocol import Batch
from raie.datastore.base import BASE
from raie.datastore.neighbours import Neighbours
from raie.encodings.encode import encode
from raie.methods.contract import Material
from raie.methods.fitting import Loss
from raie.methods.regional.model import RegionModel
from raie.methods.regional.routers import ENCODED_AT_ONCE, Router
from raie.sequences.vocabulary import PAD
from raie.sequences.windows import Windows, concatenate


@dataclass(frozen=True, eq=False)
class Lessons:
    """Windows to learn from.

    Attributes
    ----------
    windows : Windows
    homes : (N,) int64
        Row of each window's region.
    near : Neighbours or None
        None: nothing is remembered.
    """

    windows: Windows
    homes: np.ndarray
    near: Neighbours | None

    def with_replay(self, material: Material, router: Router, share: float) -> "Lessons":
        """Mix Set-up's windows in, so that they make up ``share`` of all; they have no neighbours."""
        n_old = round(share / (1 - share) * len(self.windows))
        drawn = np.random.default_rng(material.seed).permutation(len(material.setup))[:n_old]
        old = material.setup.take(drawn)
        homes = router.regions_of(old, encode(material.backbone, old, batch_size=ENCODED_AT_ONCE))
        old, homes = old.take(homes != BASE), homes[homes != BASE]
        near = self.near and self.near.after(len(old))
        return Lessons(concatenate([old, self.windows]), np.concatenate([homes, self.homes]), near)

    def loss_under(self, model: RegionModel, *, every_place: float, seed: int) -> Loss:
        """Negative log-likelihood of what came next.

        Of the loss ``every_place`` is a share: that part asks for an event of the history, every one as
        likely, from those before it. Nothing is remembered of these.
        """
        generator = torch.Generator().manual_seed(seed)

        def loss(batch: Batch, targets: Tensor, chosen: np.ndarray) -> Tensor:
            last = self._last(model, batch, targets, chosen)
            if not every_place:
                return last
            shorter, wanted, asked = cut_short(batch, generator)
            regions = torch.as_tensor(self.homes[chosen])[asked]
            earlier = _log_likelihood(model.scores(shorter, regions, train=True), wanted).sum() / len(targets)
            return (1 - every_place) * last - every_place * earlier

        return loss

    def _last(self, model: RegionModel, batch: Batch, targets: Tensor, chosen: np.ndarray) -> Tensor:
        regions = torch.as_tensor(self.homes[chosen])
        likely = _log_likelihood(model.scores(batch, regions, train=True), targets)
        if self.near is None or model.trust is None:
            return -likely.mean()
        return model.trust.losses(likely, targets, self.near.take(chosen), regions).mean()


def _log_likelihood(scores: Tensor, targets: Tensor) -> Tensor:
    return scores.gather(1, targets[:, None])[:, 0] - scores.logsumexp(dim=1)


def cut_short(batch: Batch, generator: torch.Generator) -> tuple[Batch, Tensor, Tensor]:
    """Cut each history of two events or more before one of its events, drawn evenly from all but the first.

    Return the cut histories, left-padded, the event that came next in each, and which rows they are.
    """
    lengths, width = (batch.items != PAD).sum(dim=1), batch.items.shape[1]
    rows = torch.nonzero(lengths > 1)[:, 0]
    lengths = lengths[rows]
    kept = 1 + (torch.rand(len(rows), generator=generator) * (lengths - 1)).long()
    moved = (lengths - kept)[:, None]
    places = torch.arange(width) - moved
    items, times = (
        torch.where(places < 0, 0, each[rows].gather(1, places.clamp(min=0)))
        for each in (batch.items, batch.times)
    )
    wanted = batch.items[rows].gather(1, width - moved)[:, 0]
    return Batch(items, times), wanted, rows
