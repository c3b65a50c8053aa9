"""What is expected of the backbone: the frozen one of the generation, with a vector for every item."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from raie.backbones.files import ADDED, CONFIG, ROWS, WEIGHTS, backbone_digest
from raie.gates.judgement import Suite
from raie.gates.layout import BACKBONE
from raie.gates.reading import Tensors, read_json, read_tensors, readable
from raie.gates.rules import between, none, present
from raie.gates.run import Run

AGAIN = "run the stage pretrain again: a night may only add rows of new items"


@dataclass(frozen=True)
class FrozenBackbone:
    """A backbone's files.

    Attributes
    ----------
    digest : str
        Of what no night changes.
    dim, n_items : int
        Width of its encodings; items known when it was trained.
    tensors : dict of str to array
        By name; ``rows`` are the vectors of items added since.
    """

    digest: str
    dim: int
    n_items: int
    tensors: Tensors

    @classmethod
    def load(cls, folder: Path) -> "FrozenBackbone":
        """Read a backbone without building it."""
        config = read_json(folder / CONFIG, f"{BACKBONE}/{CONFIG}")
        tensors = read_tensors(folder / WEIGHTS, f"{BACKBONE}/{WEIGHTS}")
        with readable(f"{BACKBONE}/{ADDED}"):
            tensors[ROWS] = read_tensors(folder / ADDED, f"{BACKBONE}/{ADDED}")[ROWS]
        with readable(f"{BACKBONE}/{CONFIG}"):
            return cls(backbone_digest(folder), int(config["dim"]), int(config["n_items"]), tensors)

    @property
    def n_vectors(self) -> int:
        """Items that have a vector."""
        return self.n_items + len(self.tensors[ROWS])


def backbone_suite(run: Run, backbone: FrozenBackbone, *, n_items: int) -> Suite:
    """Expect a vector for each of the vocabulary's items and, on a night, the digest of the night before."""
    columns = {"vectors": backbone.n_vectors, "other_digest": other_digest(run, backbone)}
    rules = [
        between("vectors", n_items, n_items, f"is not the vocabulary's {n_items} items", AGAIN),
        none("other_digest", "is not 0: the backbone is not the one of this generation", AGAIN),
    ]
    frame = pd.DataFrame(columns, index=["backbone"])
    return Suite("backbone", rules, frame, {"backbone_digest": backbone.digest, "dim": backbone.dim})


def other_digest(run: Run, backbone: FrozenBackbone) -> int:
    """1 where the run goes on from another backbone, else 0."""
    return int(run.goes_on and backbone_digest(run.start / BACKBONE) != backbone.digest)


def tensor_suite(run: Run, backbone: FrozenBackbone) -> Suite:
    """Expect finite tensors and, on a night, every byte of them as the night before left it."""
    now = backbone.tensors
    then = FrozenBackbone.load(run.start / BACKBONE).tensors if run.goes_on else now
    names = sorted(now.keys() | then.keys())
    columns = {
        "changed": [_changed(now.get(name), then.get(name), may_grow=name == ROWS) for name in names],
        "not_finite": [_not_finite(now.get(name)) for name in names],
    }
    rules = [
        present("changed", "is gone, new, or of another shape than the night before", AGAIN),
        none("changed", "is not 0: values are not those of the night before", AGAIN),
        none("not_finite", "is not 0: values are not finite", AGAIN),
    ]
    frame = pd.DataFrame(columns, index=names, dtype=np.float64).rename_axis("tensor")
    return Suite("backbone_tensors", rules, frame, {"tensors": len(names)})


def _changed(now: NDArray[Any] | None, then: NDArray[Any] | None, *, may_grow: bool) -> float:
    """How many values differ in their bytes; NaN where they cannot be compared."""
    if now is None or then is None:
        return np.nan
    now = now[: len(then)] if may_grow else now
    if now.shape != then.shape or now.dtype != then.dtype:
        return np.nan
    bits = f"u{now.itemsize}"
    return float(np.count_nonzero(now.view(bits) != then.view(bits)))


def _not_finite(tensor: NDArray[Any] | None) -> int:
    return 0 if tensor is None else int(np.count_nonzero(~np.isfinite(tensor)))
