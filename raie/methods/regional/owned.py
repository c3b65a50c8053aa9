"""All that one region owns, in a few letters: whether it is what it was is told from them."""

import hashlib

import numpy as np

from raie.methods.regional.ranker import RegionRanker


def owned_digest(ranker: RegionRanker, region: str) -> str:
    """Sha256 (hex) of a region's rows of adapters, habits and trust, what it remembers, and where it lies.

    Raises
    ------
    ValueError
        If there is no such region.
    """
    row, memory = ranker.router.ids.index(region), ranker.model.memory
    arrays = [each[row].detach().numpy() for each in ranker.model.owned]
    if memory:
        mine = memory.regions == row
        arrays += [memory.read.keys[mine], memory.next_items[mine]]
    hashed = hashlib.sha256()
    for array in (*arrays, *ranker.router.known_of(region)):
        hashed.update(np.ascontiguousarray(array).tobytes())
    return hashed.hexdigest()
