"""The gate on encodings: unit vectors of every window, made by the frozen backbone."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from raie.gates.carried import load_vocabulary
from raie.gates.frozen import FrozenBackbone, backbone_suite, tensor_suite
from raie.gates.judgement import Suite
from raie.gates.layout import BACKBONE, ENCODED, INCOMING, LINEAGE, MEMORY
from raie.gates.reading import read_array
from raie.gates.rules import between, none, present
from raie.gates.run import Run
from raie.gates.windows import load_windows
from raie.interactions.erased import is_erased

AGAIN = "run the stage encode again"


def encoding_suites(run: Run) -> Iterator[Suite]:
    """Draw the suites: the tensors of the backbone, the backbone, shapes of the encodings, every encoding.

    Raises
    ------
    RaieError
        If a file is missing or cannot be read.
    """
    backbone = FrozenBackbone.load(run.data / BACKBONE)
    yield tensor_suite(run, backbone)
    yield backbone_suite(run, backbone, n_items=len(load_vocabulary(run)))
    encoded = {ENCODED: read_array(run.data / ENCODED, ENCODED)}
    windows = {ENCODED: len(load_windows(run.data / INCOMING, INCOMING))}
    if run.night.kind == "retrain":
        encoded[LINEAGE] = read_array(run.data / LINEAGE, LINEAGE)
        remembered = load_windows(run.previous / MEMORY, MEMORY).user_ids.tolist()
        windows[LINEAGE] = len(remembered) - int(is_erased(remembered, run.night.erasure).sum())
    yield _shapes(encoded, windows, backbone.dim)
    for name, array in encoded.items():
        yield _norms(name, array, run.params.gates.encodings.norm_tolerance)


def _shapes(encoded: dict[str, NDArray[Any]], windows: dict[str, int], dim: int) -> Suite:
    columns = {
        "dim": [array.shape[1] if array.ndim == 2 else 0 for array in encoded.values()],
        "surplus": [len(array) - windows[name] for name, array in encoded.items()],
    }
    rules = [
        between("dim", dim, dim, f"is not the backbone's {dim}", AGAIN),
        none("surplus", "is not 0: there is not one encoding per window", AGAIN),
    ]
    frame = pd.DataFrame(columns, index=list(encoded))
    return Suite("encoding_shapes", rules, frame, {"encodings": len(encoded[ENCODED])})


def _norms(name: str, encoded: NDArray[Any], tolerance: float) -> Suite:
    norm = np.sqrt(np.einsum("nd,nd->n", encoded, encoded, dtype=np.float64))
    rules = [
        present("norm", "is not a number", AGAIN),
        between("norm", 1 - tolerance, 1 + tolerance, f"is not 1 within {tolerance:g}", AGAIN),
    ]
    frame = pd.DataFrame({"norm": norm}).rename_axis("encoding")
    return Suite(name.removesuffix(".npy").replace("/", "_"), rules, frame)
