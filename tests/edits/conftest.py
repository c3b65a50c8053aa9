"""A planted world: tastes as directions on the sphere, nights drawn from them, a bounded memory."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from scipy.stats import vonmises_fisher

from raie.edits.night import edit_regions
from raie.params import EditParams, RegionParams
from raie.regions.construct import construct_regions


def directions(generator, *, number, dim, cosine):
    """Unit vectors that share a common part: pairwise cosines near `cosine`."""
    own = np.linalg.qr(generator.standard_normal((dim, number + 1)))[0].T
    vectors = np.sqrt(cosine) * own[0] + np.sqrt(1 - cosine) * own[1:]
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def rotated(center, towards, angle):
    across = towards - center * (center @ towards)
    across /= np.linalg.norm(across)
    return np.cos(angle) * center + np.sin(angle) * across


@dataclass
class World:
    """Tastes, their shares, and how their members scatter."""

    seed: int
    dim: int = 64
    number: int = 4
    cosine: float = 0.3
    kappa: float = 100.0
    shape: str = "vmf"
    generator: np.random.Generator = field(init=False)

    def __post_init__(self):
        self.generator = np.random.default_rng(self.seed)
        vectors = directions(self.generator, number=self.number + 1, dim=self.dim, cosine=self.cosine)
        self.centers, self.spare = vectors[: self.number], vectors[self.number]
        shares = self.generator.uniform(0.6, 1.6, self.number)
        self.shares = shares / shares.sum()
        self.axes = [
            np.linalg.qr(self.generator.standard_normal((self.dim, self.dim)))[0]
            for _ in range(self.number + 1)
        ]

    def members(self, center, n, taste=0):
        if n == 0:
            return np.empty((0, self.dim))
        if self.shape == "vmf":
            return np.atleast_2d(vonmises_fisher(center, self.kappa).rvs(n, random_state=self.generator))
        # Anisotropic and heavy-tailed: axis scales fall by a power law, lengths follow Student's t.
        scales = np.arange(1, self.dim + 1) ** -0.7
        scales *= np.sqrt(self.dim / self.kappa) / np.linalg.norm(scales)
        noise = (self.generator.standard_normal((n, self.dim)) * scales) @ self.axes[taste].T
        noise *= np.sqrt(5.0 / self.generator.chisquare(5.0, (n, 1)))
        raw = center + noise
        return raw / np.linalg.norm(raw, axis=1, keepdims=True)

    def draw(self, n, centers=None, emerging_share=0.0):
        """Encodings and their taste; the emerging one has the number `self.number`."""
        centers = self.centers if centers is None else centers
        shares = np.append(self.shares * (1 - emerging_share), emerging_share)
        labels = self.generator.choice(self.number + 1, n, p=shares)
        everything = np.vstack([centers, self.spare])
        rows = np.empty((n, self.dim))
        for taste in range(self.number + 1):
            rows[labels == taste] = self.members(everything[taste], int(np.sum(labels == taste)), taste)
        return rows, labels


class Run:
    """Genesis and nights, with the bounded memory and the pool that the stages keep."""

    def __init__(self, world, *, genesis=2000, edits=None, n_regions=None, memory=400):
        self.world, self.edits, self.memory_size = world, edits or EditParams(), memory
        self.region_params = RegionParams(n_regions=n_regions or world.number, n_init=4)
        rows, self.tastes = world.draw(genesis)
        self.regions, self.labels = construct_regions(
            rows, params=self.region_params, seed=world.seed, snapshot="genesis", date="2024-01-01"
        )
        self.genesis, self.day = self.regions, 1
        self.pool = np.empty((0, world.dim))
        self.memory = {name: self._bounded(rows[self.labels == k]) for k, name in enumerate(self.regions.ids)}
        self.nights = []

    def _bounded(self, rows):
        if len(rows) <= self.memory_size:
            return rows
        return rows[self.world.generator.choice(len(rows), self.memory_size, replace=False)]

    def night(self, rows):
        self.day += 1
        names = list(self.memory)
        done = edit_regions(
            self.regions,
            rows,
            memory_encodings=np.vstack([self.memory[name] for name in names]),
            memory_regions=np.repeat(names, [len(self.memory[name]) for name in names]),
            pool_encodings=self.pool,
            params=self.edits,
            radius_quantile=self.region_params.radius_quantile,
            snapshot=f"s{self.day:03d}",
            date=f"2024-01-{self.day:02d}",
            seed=self.world.seed,
        )
        everything = np.vstack([self.pool, rows])
        for old, new in done.successors.items():
            self.memory[new] = np.vstack([self.memory.pop(old), self.memory.get(new, rows[:0])])
        for name in done.regions.ids:
            new = everything[done.assignments.rows[done.assignments.region_ids == name]]
            self.memory[name] = self._bounded(np.vstack([self.memory.get(name, rows[:0]), new]))
        self.memory = {name: self.memory[name] for name in done.regions.ids}
        self.pool, self.regions = everything[done.pool], done.regions
        self.nights.append(done)
        return done

    def count(self, operation):
        return sum(edit.operation == operation for done in self.nights for edit in done.edits)


@pytest.fixture
def planted():
    """The world and the run, as a namespace."""

    class Planted:
        world, run = World, Run
        directions, rotated = staticmethod(directions), staticmethod(rotated)

    return Planted
