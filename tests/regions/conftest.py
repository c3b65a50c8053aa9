import numpy as np
import pytest
from scipy.stats import vonmises_fisher


@pytest.fixture
def blobs():
    """Draw encodings around orthogonal directions: (rows, labels)."""

    def draw(seed=0, *, number=4, dim=32, size=100, kappa=80.0):
        generator = np.random.default_rng(seed)
        centers = np.linalg.qr(generator.standard_normal((dim, number)))[0].T
        rows = [vonmises_fisher(center, kappa).rvs(size, random_state=generator) for center in centers]
        order = generator.permutation(number * size)
        return np.vstack(rows)[order], np.repeat(np.arange(number), size)[order]

    return draw
