"""Histories as the frozen backbone reads them: where they lie, and what it makes of what comes next."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import torch

from raie.backbones.batches import history_batches
from raie.backbones.protocol import Backbone
from raie.encodings.encode import encode
from raie.sequences.windows import Windows

READ_AT_ONCE = 256


@dataclass(frozen=True, eq=False)
class Read:
    """N histories.

    Attributes
    ----------
    encodings : (N, d) float32
        Unit rows: regions are made of these.
    keys : (N, D) float32
        Unit rows: memories are searched by these.
    """

    encodings: np.ndarray
    keys: np.ndarray

    def __len__(self) -> int:
        return len(self.encodings)

    def take(self, selected: np.ndarray | slice) -> "Read":
        """Return the histories at ``selected``: indices in any order, or a boolean mask."""
        return Read(*(getattr(self, field.name)[selected] for field in fields(self)))


def joined(parts: Sequence[Read]) -> Read:
    """Put histories behind each other."""
    return Read(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Read)))


def read(backbone: Backbone, windows: Windows, *, state_share: float) -> Read:
    """Read histories.

    A key is the encoding beside the state that the next item is scored from, weighed so that the cosine of
    two keys is the mean of the two cosines, ``state_share`` being the weight of the states'.
    """
    encodings = encode(backbone, windows, batch_size=READ_AT_ONCE)
    if not state_share:
        return Read(encodings, encodings)
    keys = [(1 - state_share) ** 0.5 * encodings, state_share**0.5 * _states(backbone, windows)]
    return Read(encodings, np.concatenate(keys, axis=1))


@torch.no_grad()
def _states(backbone: Backbone, windows: Windows) -> np.ndarray:
    """States that next items are scored from, (N, d) float32, divided by their norms."""
    batches = history_batches(windows, batch_size=READ_AT_ONCE, device=torch.device("cpu"))
    states = [backbone.eval()(batch.items, batch.times).numpy() for batch in batches]
    found = np.concatenate(states) if states else np.zeros((0, backbone.params.dim), dtype=np.float32)
    unit: np.ndarray = found / np.linalg.norm(found, axis=1, keepdims=True)
    return unit
