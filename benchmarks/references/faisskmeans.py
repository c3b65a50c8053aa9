"""Spherical k-means by faiss; run by the interpreter of its own environment."""

from collections.abc import Callable
from typing import Any

import faiss
import numpy as np
from answering import answer


def _prepare(told: dict[str, Any]) -> Callable[[], float]:
    rows = np.load(told["rows"], allow_pickle=False)

    def work() -> float:
        found = faiss.Kmeans(
            rows.shape[1],
            told["clusters"],
            niter=told["iterations"],
            nredo=told["initialisations"],
            spherical=True,
            seed=1,
            max_points_per_centroid=len(rows),  # or it would draw a sample
        )
        found.train(rows)
        return float((rows @ found.centroids.T).max(axis=1).mean())

    return work


if __name__ == "__main__":
    answer(_prepare)
