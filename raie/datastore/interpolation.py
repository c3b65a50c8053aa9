"""What regions answer: their adapters' scores with their habits, mixed with what their neighbours chose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from raie.datastore.base import BASE
from raie.datastore.datastore import Datastore
from raie.datastore.habits import Habits
from raie.datastore.neighbours import Neighbours, nobody
from raie.datastore.odds import Odds, stacked
from raie.datastore.search import found
from raie.datastore.trust import Trust


class Interpolation:
    """Datastore and odds of a region set, ready to answer.

    Parameters
    ----------
    region_ids : sequence of str
        K ids, in the order of the region set.
    datastore : Datastore
    odds : mapping of str to Odds
        By region id; a region without answers by its adapter alone.
    """

    def __init__(self, region_ids: Sequence[str], datastore: Datastore, odds: Mapping[str, Odds]) -> None:
        speaking = [name for name in region_ids if name in odds]
        self._entries = [datastore.entries.get(name) for name in region_ids]
        self._row = np.array([speaking.index(name) if name in odds else BASE for name in region_ids])
        self._habits, self._trust = stacked([odds[name] for name in speaking])

    @property
    def is_silent(self) -> bool:
        """Whether adapters' scores are all there is."""
        return bool((self._row == BASE).all())

    def answers(self, encodings: np.ndarray, histories: np.ndarray, regions: np.ndarray) -> "Answers":
        """Search for sequences, each among what its region saw.

        Parameters
        ----------
        encodings : (N, d) float32
        histories : (N, L) int
        regions : (N,) int64
            Rows of the region set, or `BASE`: it answers by its model alone.
        """
        cosines, items = nobody(len(encodings))
        for region in np.unique(regions[regions != BASE]).tolist():
            entries = self._entries[region]
            if entries is None or self._row[region] == BASE:
                continue
            rows = np.flatnonzero(regions == region)
            everything = np.full(len(rows), len(entries))
            cosines[rows], items[rows] = found(entries, encodings[rows], everything)
        near = Neighbours.of(cosines, items, histories)
        rows = np.where(regions == BASE, BASE, self._row[regions])
        return Answers(self._habits, self._trust, histories, near, rows)


@dataclass(frozen=True, eq=False)
class Answers:
    """What regions have to say to N sequences, beside their adapters.

    Attributes
    ----------
    habits : Habits
    trust : Trust
    histories : (N, L) int
    near : Neighbours
    rows : (N,) int64
        Whose habits and trust, or `BASE`.
    """

    habits: Habits
    trust: Trust
    histories: np.ndarray
    near: Neighbours
    rows: np.ndarray

    @torch.no_grad()
    def neighbour_shares(self) -> np.ndarray:
        """How much of each answer is what neighbours chose, (N,) float64."""
        shares: np.ndarray = self.trust.shares(self.near, torch.as_tensor(self.rows)).double().numpy()
        return shares

    @torch.no_grad()
    def probabilities(self, logits: Tensor, asking: np.ndarray) -> Tensor:
        """Probabilities of all items, (B, n_items + 1) on the CPU, ``PAD`` at minus infinity.

        Parameters
        ----------
        logits : (B, n_items + 1) float32
            Of the adapters.
        asking : (B,) int64
            Which sequences these are; what lies beyond the last is a filling, answered by its logits alone.
        """
        known = np.minimum(asking, len(self.rows) - 1)
        rows = torch.as_tensor(np.where(asking == known, self.rows[known], BASE))
        histories = torch.as_tensor(self.histories[known].astype(np.int64))
        followed = self.habits.followed(logits.cpu(), histories, rows)
        return self.trust.mixed(followed, self.near.take(known), rows)
