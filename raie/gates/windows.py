"""What is expected of windows, wherever a stage keeps them."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from raie.gates.judgement import Suite
from raie.gates.reading import readable
from raie.gates.rules import between, none
from raie.sequences.vocabulary import PAD
from raie.sequences.windows import Windows

AGAIN = "run the stage sequences again"
RETRAIN = "put that parameter back, or retrain"


def load_windows(folder: Path, name: str) -> Windows:
    """Map windows into memory, read-only."""
    with readable(name):
        return Windows.load(folder, mmap=True)


def shape_suite(cut: Mapping[str, Windows], *, length: int) -> Suite:
    """Expect arrays that fit together, by name of the windows; ``length`` is items per history."""
    columns = {
        "length": [_width(windows.histories) for windows in cut.values()],
        "times_length": [_width(windows.history_times) for windows in cut.values()],
        "ragged": [_ragged(windows) for windows in cut.values()],
    }
    other = f"is not sequences.length = {length}"
    rules = [
        between("length", length, length, other, RETRAIN),
        between("times_length", length, length, other, RETRAIN),
        none("ragged", "is not 0: arrays of one row per window differ in length", AGAIN),
    ]
    return Suite("window_shapes", rules, pd.DataFrame(columns, index=list(cut)))


def window_suite(
    name: str, windows: Windows, *, n_items: int, min_history: int, misplaced: NDArray[np.bool_], because: str
) -> Suite:
    """Expect every window to end before its label and to hold items of the vocabulary, padded on the left.

    Parameters
    ----------
    name : str
        Of the windows.
    windows : Windows
        Of fitting shapes.
    n_items : int
        Items of the vocabulary.
    min_history : int
        Fewest items of a history.
    misplaced : (N,) bool
        Windows of users who do not belong there.
    because : str
        Why they do not.
    """
    rules = [
        between("items", min_history, None, f"is fewer than {min_history}", AGAIN),
        none("gaps", "is not 0: padding belongs on the left", AGAIN),
        between("lowest", 0, None, "is no item index", AGAIN),
        between("highest", None, n_items, f"lies beyond the vocabulary's {n_items} items", AGAIN),
        between("label", 1, n_items, f"is none of the vocabulary's {n_items} items", AGAIN),
        between("seconds_to_label", 1, None, "is not positive: the history looks ahead of its label", AGAIN),
        none("padded_times", "is not 0: padding has no time", AGAIN),
        none("steps_back", "is not 0: a history runs from old to new", AGAIN),
        none("misplaced", f"is not 0: {because}", RETRAIN),
    ]
    frame = _columns(windows).assign(misplaced=misplaced.astype(np.int64)).rename_axis("window")
    return Suite(name.replace("/", "_"), rules, frame)


def _columns(windows: Windows) -> pd.DataFrame:
    histories, times = np.asarray(windows.histories), np.asarray(windows.history_times)
    padded = histories == PAD
    both = ~padded[:, 1:] & ~padded[:, :-1]
    before_all = np.asarray(windows.label_times) - 1
    # A history without items reaches nothing.
    newest = np.where(padded, np.iinfo(np.int64).min, times).max(axis=1)
    newest = np.where(padded.all(axis=1), before_all, newest)
    return pd.DataFrame(
        {
            "items": np.count_nonzero(~padded, axis=1),
            "gaps": np.count_nonzero(padded[:, 1:] & ~padded[:, :-1], axis=1),
            "lowest": histories.min(axis=1),
            "highest": histories.max(axis=1),
            "label": np.asarray(windows.next_items),
            "seconds_to_label": before_all + 1 - newest,
            "padded_times": np.count_nonzero(padded & (times != 0), axis=1),
            "steps_back": np.count_nonzero(both & (times[:, 1:] < times[:, :-1]), axis=1),
        }
    )


def _width(array: NDArray[Any]) -> int:
    return int(array.shape[1]) if array.ndim == 2 else 0


def _ragged(windows: Windows) -> int:
    lengths = [len(getattr(windows, part.name)) for part in fields(Windows)]
    return max(lengths) - min(lengths)
