"""The regions' spherical k-means against the usual k-means on the same unit vectors."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from sklearn.cluster import KMeans

from benchmarks.harness.agreement import near
from benchmarks.harness.comparison import Case, Comparison, LeftOut, Setting
from benchmarks.harness.timing import Side, in_process
from benchmarks.references.environment import REMEDY, environment_of, started
from raie.regions.kmeans import spherical_kmeans

SIZES = {True: (6_000, 64, 8, 4), False: (40_000, 128, 16, 8)}
"""Vectors, their dimension, clusters and initialisations, by whether the run is small."""
MAX_ITER = 20
SPREAD = 1.5
"""Norm of the noise around a cluster's direction: clusters touch, so that all iterations have work."""
LOSES = 0.005
"""How far our mean cosine may lie below the reference's."""


def clustered(n: int, dim: int, k: int, *, seed: int) -> np.ndarray:
    """Draw unit vectors around k directions, (n, dim) float32."""
    rng = np.random.default_rng(seed)
    directions = rng.standard_normal((k, dim)) / np.sqrt(dim)
    noise = SPREAD * rng.standard_normal((n, dim)) / np.sqrt(dim)
    rows = directions[rng.integers(k, size=n)] + noise
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def mean_cosine(rows: np.ndarray, centers: np.ndarray) -> float:
    """How near vectors lie to the direction of their nearest center, from -1 to 1."""
    unit = centers / np.linalg.norm(centers, axis=1, keepdims=True)
    return float((rows @ unit.T.astype(np.float32)).max(axis=1).mean())


def _cases(setting: Setting) -> Iterator[Case | LeftOut]:
    n, dim, k, n_init = SIZES[setting.small]
    rows = clustered(n, dim, k, seed=0)
    facts = {"vectors": n, "dim": dim, "clusters": k, "initialisations": n_init, "iterations": MAX_ITER}

    def ours() -> float:
        found = spherical_kmeans(rows, n_clusters=k, seed=0, n_init=n_init, max_iter=MAX_ITER)
        return mean_cosine(rows, found.centers_)

    def against(reference: Side, name: str) -> Case:
        agree = near("mean cosine", loses=LOSES)
        return Case(f"against {name}", in_process(ours), reference, agree, facts=facts)

    yield against(in_process(_scikit_learn(rows, k, n_init)), "scikit-learn")
    if setting.small:
        return
    python = environment_of("faiss", setting.libraries)
    if python is None:
        yield LeftOut("against faiss", REMEDY)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.npy"
        np.save(path, rows, allow_pickle=False)
        told = {"rows": str(path), "clusters": k, "initialisations": n_init, "iterations": MAX_ITER}
        with started(python, "faisskmeans", told, threads=setting.threads) as faiss:
            yield against(faiss, "faiss")


def _scikit_learn(rows: np.ndarray, k: int, n_init: int) -> Callable[[], float]:
    def work() -> float:
        found = KMeans(k, n_init=n_init, max_iter=MAX_ITER, random_state=0).fit(rows)
        return mean_cosine(rows, found.cluster_centers_)

    return work


COMPARISON = Comparison(
    name="kmeans",
    measures="raie.regions.kmeans.spherical_kmeans, as regions are constructed.",
    reference="scikit-learn's KMeans, and faiss's with spherical=True (references/faisskmeans.py).",
    protocol=(
        "The same float32 unit vectors around known directions, equally many initialisations and at most "
        "20 iterations each. Whoever converges earlier stops: ours at a relative gain of 1e-7, scikit- "
        "learn at its own tolerance of 1e-4, faiss never. faiss starts from random vectors, the others "
        "from greedy k-means++. Ours may not find a mean cosine to the nearest center below the "
        "reference's by more than 0.5 %."
    ),
    cases=_cases,
)
