"""Files that a gate reads: what cannot be read is one line, like all else that a gate finds."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from raie.exceptions import RaieError, RefusedError

Tensors = dict[str, NDArray[Any]]


@contextmanager
def readable(name: str) -> Iterator[None]:
    """Turn what a broken file makes a reader raise into a `RefusedError`.

    Parameters
    ----------
    name : str
        Of the file, below the data folder; what the reader said may hold paths of this machine.
    """
    try:
        yield
    except FileNotFoundError as error:
        raise RefusedError(f"data/{name} is missing: run the stage that writes it") from error
    except RaieError:
        raise
    # What numpy, json, pyarrow and safetensors raise, and what a document of another shape leads to.
    except (OSError, ValueError, EOFError, LookupError, TypeError, AttributeError, SafetensorError) as error:
        why = type(error).__name__
        raise RefusedError(
            f"data/{name} cannot be read ({why}): run the stage that writes it again"
        ) from error


def read_array(path: Path, name: str) -> NDArray[Any]:
    """Map a ``.npy`` file into memory, read-only."""
    with readable(name):
        array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
        return array


def read_tensors(path: Path, name: str) -> Tensors:
    """Read every tensor of a safetensors file."""
    with readable(name):
        return dict(load_file(path))


def read_json(path: Path, name: str) -> Any:
    """Read a JSON document; NaN and infinities are read as such, to be judged."""
    with readable(name):
        return json.loads(path.read_text(encoding="utf-8"))
