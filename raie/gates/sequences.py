"""The gate on sequences: what is carried on, and every window cut."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from raie.columns import USER
from raie.gates.carried import carried_suite, load_vocabulary
from raie.gates.judgement import Suite
from raie.gates.layout import ACCEPTED, HELDOUT, INCOMING, RECENT, TRAINABLE, TRAINING, VALIDATION
from raie.gates.reading import read_array, readable
from raie.gates.rules import between, none
from raie.gates.run import Run
from raie.gates.suites import Rule
from raie.gates.windows import AGAIN, load_windows, shape_suite, window_suite
from raie.interactions.heldout import is_held_out
from raie.interactions.parquetfiles import read_interactions
from raie.interactions.table import positives
from raie.params import Params
from raie.sequences.vocabulary import PAD
from raie.sequences.windows import Windows

Cut = dict[str, Windows]


def sequence_suites(run: Run) -> Iterator[Suite]:
    """Draw the suites: shapes, what is carried on, the night as a whole, every window.

    Raises
    ------
    RaieError
        If a file is missing or cannot be read.
    """
    there = [name for name in (VALIDATION, RECENT) if (run.data / name).is_dir()]
    cut = {name: load_windows(run.data / name, name) for name in (INCOMING, HELDOUT, *there)}
    yield shape_suite(cut, length=run.params.sequences.length)
    vocabulary, trainable = load_vocabulary(run), read_array(run.data / TRAINABLE, TRAINABLE)
    yield carried_suite(run, vocabulary)
    held = {name: _held_out(windows.user_ids, run.params) for name, windows in cut.items()}
    yield _whole(run, cut, trainable, held[INCOMING], len(vocabulary))
    for name, windows in cut.items():
        kept = name in (HELDOUT, RECENT)
        yield window_suite(
            name,
            windows,
            n_items=len(vocabulary),
            # What an earlier run held out keeps the histories it was given.
            min_history=1 if kept else run.params.sequences.min_history,
            misplaced=~held[name] if kept else held[name] & (trainable if name == INCOMING else True),
            because="users of held-out windows may train" if kept else "held-out users train",
        )


def _whole(run: Run, cut: Cut, trainable: NDArray[np.bool_], held: NDArray[np.bool_], n_items: int) -> Suite:
    """Expect a mask for the windows, an event behind each, and training rows that end before validation."""
    n_windows, n_events = len(held), _n_events(run)
    columns = {
        "mask": trainable.size if trainable.dtype == np.bool_ else -1,
        "short_share": (n_events - np.count_nonzero(~held)) / max(n_events, 1),
        **_training(run, cut, n_items),
    }
    counts = {
        "windows": n_windows,
        "trainable": int(np.count_nonzero(trainable)),
        "heldout_windows": len(cut[HELDOUT]),
        "short_share": columns["short_share"],
    }
    frame = pd.DataFrame(columns, index=["windows"])
    return Suite("sequences", _rules(run.params, n_windows), frame, counts)


def _rules(params: Params, n_windows: int) -> list[Rule]:
    warn = params.gates.sequences.warn_short_share
    reason, remedy = f"exceeds gates.sequences.warn_short_share = {warn:g}", "expect little of this run"
    return [
        between("mask", n_windows, n_windows, f"is not the number of windows, {n_windows}", AGAIN),
        between("short_share", 0, None, "is negative: there are windows without an event", AGAIN),
        between("short_share", None, warn, reason, remedy, severity="warning"),
        none("outside", "is not 0: training timelines hold indices outside the vocabulary", AGAIN),
        none("misended", "is not 0: training timelines do not end where users do", AGAIN),
        between("lead", 1, None, "is not positive: training timelines reach into validation", AGAIN),
    ]


def _n_events(run: Run) -> int:
    """Accepted events of users who may train: each is the label of one window, or has too little history."""
    with readable(ACCEPTED):
        events = positives(read_interactions(run.data / ACCEPTED), run.params.data.min_rating)
    return int(np.count_nonzero(~_held_out(events[USER].to_numpy(), run.params)))


def _training(run: Run, cut: Cut, n_items: int) -> dict[str, int]:
    """What the backbone learns from; ``lead``: seconds from its last event to the first of validation."""
    if run.goes_on:
        return {"outside": 0, "lead": 1, "misended": 0}
    names = ("items", "times", "ends")
    items, times, ends = (read_array(run.data / TRAINING / f"{name}.npy", TRAINING) for name in names)
    with readable(TRAINING):
        first = cut[VALIDATION].label_times.min(initial=np.iinfo(np.int64).max)
        last = times.max(initial=0)
        outside = np.count_nonzero((items <= PAD) | (items > n_items))
        # Whoever is there has two events or more, and the last user's are the last.
        misended = np.count_nonzero(np.diff(ends, prepend=0) < 2) + (ends[-1:].sum() != len(items))
        return {"outside": int(outside), "lead": int(first - last), "misended": int(misended)}


def _held_out(user_ids: NDArray[np.str_], params: Params) -> NDArray[np.bool_]:
    return is_held_out(user_ids.tolist(), share=params.sequences.heldout_share, seed=params.compute.seed)
