"""Windows with encodings that regions received."""

import numpy as np
import pytest

from raie.encodings.memory import Memory
from raie.sequences.windows import Windows

DIM, LENGTH, N_ITEMS = 6, 4, 9


def received(n, *, seed, regions=("r0001", "r0002"), first=0):
    """``n`` windows, their labels at ``first`` and whole seconds after it, in any order."""
    generator = np.random.default_rng(seed)
    encodings = generator.normal(size=(n, DIM)).astype(np.float32)
    encodings /= np.linalg.norm(encodings, axis=1, keepdims=True)
    items = generator.integers(1, N_ITEMS + 1, size=(n, LENGTH + 1)).astype(np.int32)
    labels = first + generator.integers(n, size=n)
    times = labels[:, None] - np.arange(LENGTH, 0, -1)
    users = np.array([f"u{number}" for number in generator.integers(8, size=n)])
    windows = Windows(users, items[:, :LENGTH], times, items[:, LENGTH], labels)
    return Memory(windows, encodings, np.resize(np.array(regions), n))


@pytest.fixture
def given():
    return received(40, seed=1)
