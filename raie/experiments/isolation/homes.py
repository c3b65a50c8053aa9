"""Which region serves a window, where a method has regions."""

import numpy as np

from raie.datastore.base import BASE
from raie.encodings.encode import encode
from raie.experiments.isolation.groups import ENCODED_AT_ONCE
from raie.methods.contract import Ranker
from raie.methods.regional.ranker import RegionRanker
from raie.sequences.windows import Windows

NOBODY = ""
"""In place of a region's name: the base serves."""


def homes_of(ranker: Ranker, windows: Windows) -> np.ndarray | None:
    """Name the region of each window, (N,) str; None where a method has no regions."""
    if not isinstance(ranker, RegionRanker):
        return None
    found = ranker.router.regions_of(windows, encode(ranker.backbone, windows, batch_size=ENCODED_AT_ONCE))
    assert BASE == -1
    homes: np.ndarray = np.array([*ranker.router.ids, NOBODY], dtype=np.str_)[found]
    return homes
