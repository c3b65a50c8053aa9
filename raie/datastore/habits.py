"""Habits: how much more, or less, a region's users return to what they chose one, two, three events ago.

RepeatNet (Ren et al. 2019) mixes a network that repeats with one that explores. A backbone already does
both; what it gets wrong differs from region to region and drifts, and a number for each place of the history
mends it: it is added to the score of the item that stands there.
"""

import torch
from torch import Tensor, nn

from raie.datastore.base import BASE


class Habits:
    """Numbers that learn, one for each region and place.

    Parameters
    ----------
    n_regions : int
        K.
    length : int
        L, places of a history.
    """

    def __init__(self, n_regions: int, length: int) -> None:
        self.places = nn.Parameter(torch.zeros(n_regions, length))
        """(K, L), oldest place first; log odds."""

    def followed(self, scores: Tensor, histories: Tensor, regions: Tensor) -> Tensor:
        """Return the scores with habits, (B, n_items + 1).

        Parameters
        ----------
        scores : (B, n_items + 1) float32
        histories : (B, at most L) int64
            An item that stands in several places gets the sum.
        regions : (B,) int64
            `BASE` has no habits.
        """
        # A batch of short histories is narrower than L: places count from the newest.
        places = self.places[regions][:, -histories.shape[1] :]
        belongs = (regions != BASE)[:, None]
        return scores.scatter_add(1, histories, torch.where(belongs, places, 0.0))
