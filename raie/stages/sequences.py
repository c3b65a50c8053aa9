"""Cut accepted interactions into windows; grow the vocabulary, histories and the newest held-out slice."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from raie.columns import ITEM
from raie.interactions.heldout import is_held_out
from raie.interactions.parquetfiles import read_interactions
from raie.interactions.table import in_time_order, positives
from raie.params import Params, load_params
from raie.sequences.events import Events, events_of
from raie.sequences.histories import Histories, update
from raie.sequences.training import training_rows
from raie.sequences.vocabulary import Vocabulary
from raie.sequences.windows import Windows, concatenate, production_windows
from raie.snapshots.night import read_night
from raie.stages.artefacts import (
    HELDOUT,
    HISTORIES,
    INCOMING,
    RECENT,
    TRAINABLE,
    TRAINING,
    TRAINING_FILES,
    VALIDATION,
    VOCABULARY,
)
from raie.stages.entry import start


def sequences(*, accepted: Path, previous: Path, night: Path, histories: Path, windows: Path) -> None:
    """Run the stage."""
    params, kind = load_params(), read_night(night).kind
    rows = read_interactions(accepted / "interactions.parquet")
    rows = in_time_order(positives(rows, params.data.min_rating))
    for folder in (histories, windows):
        folder.mkdir(parents=True, exist_ok=True)
    if kind == "nightly":
        _night(rows, params, previous, histories, windows)
    else:
        _generation(rows, params, previous if kind == "retrain" else None, histories, windows)


def _night(rows: pd.DataFrame, params: Params, previous: Path, histories: Path, windows: Path) -> None:
    length = params.sequences.length
    vocabulary = Vocabulary.load(previous / VOCABULARY).extend(rows[ITEM])
    before = Histories.load(previous / HISTORIES, length=length)
    events = events_of(rows, vocabulary)
    after, incoming = update(before, events, length=length, min_history=params.sequences.min_history)
    Windows.load(previous / HELDOUT).save(histories / HELDOUT)
    _newest([*_carried(previous, params), incoming], params).save(histories / RECENT)
    _save(vocabulary, after, incoming, params, histories, windows)


def _generation(
    rows: pd.DataFrame, params: Params, previous: Path | None, histories: Path, windows: Path
) -> None:
    """Begin a generation; item indices of the one before stay valid, so that both rank the same windows."""
    cut = params.sequences
    known = Vocabulary.load(previous / VOCABULARY) if previous else Vocabulary()
    vocabulary = known.extend(rows[ITEM])
    events = events_of(rows, vocabulary)
    # Every event is a label once (stride 1), its history what came before it.
    after, all_windows = update(
        Histories.empty(cut.length), events, length=cut.length, min_history=cut.min_history
    )
    held = _held_out(all_windows.user_ids, params)
    _sample(all_windows.take(held), params).save(histories / HELDOUT)
    carried = _carried(previous, params) if previous else []
    _newest(carried or [all_windows], params).save(histories / RECENT)
    _save(vocabulary, after, all_windows.take(~held), params, histories, windows)
    _save_training(events.take(~_held_out(events.user_ids, params)), params, windows)


def _carried(previous: Path, params: Params) -> list[Windows]:
    """The newest held-out slice of the snapshot before, if it kept one of windows as long as today's."""
    if not (previous / RECENT).is_dir():
        return []
    carried = Windows.load(previous / RECENT)
    return [carried] if carried.histories.shape[1] == params.sequences.length else []


def _newest(parts: Sequence[Windows], params: Params) -> Windows:
    """The newest windows of held-out users by the time of their label, oldest first."""
    windows = concatenate(parts)
    windows = windows.take(_held_out(windows.user_ids, params))
    by_time = np.argsort(windows.label_times, kind="stable")
    return windows.take(by_time[-params.promotion.slice_windows :])


def _save_training(events: Events, params: Params, windows: Path) -> None:
    """Rows that the backbone learns from, and the newest events that choose its stopping epoch."""
    share = params.pretrain.validation_share
    boundary = int(np.quantile(events.times, 1 - share, method="higher"))
    is_tail = events.times >= boundary
    cut = params.sequences
    tail = production_windows(events, is_tail, length=cut.length, min_history=cut.min_history)
    tail.save(windows / VALIDATION)
    (windows / TRAINING).mkdir()
    rows = training_rows(events.take(~is_tail), params.backbone.max_length)
    for name, array in zip(TRAINING_FILES, rows, strict=True):
        np.save(windows / TRAINING / name, array, allow_pickle=False)


def _save(
    vocabulary: Vocabulary,
    after: Histories,
    incoming: Windows,
    params: Params,
    histories: Path,
    windows: Path,
) -> None:
    vocabulary.save(histories / VOCABULARY)
    after.save(histories / HISTORIES)
    incoming.save(windows / INCOMING)
    np.save(windows / TRAINABLE, ~_held_out(incoming.user_ids, params), allow_pickle=False)


def _held_out(user_ids: np.ndarray, params: Params) -> np.ndarray:
    share = params.sequences.heldout_share
    return is_held_out(user_ids.tolist(), share=share, seed=params.compute.seed)


def _sample(heldout: Windows, params: Params) -> Windows:
    size = min(len(heldout), params.sequences.max_heldout_windows)
    rng = np.random.default_rng(params.compute.seed)
    return heldout.take(np.sort(rng.choice(len(heldout), size=size, replace=False)))


if __name__ == "__main__":
    start(sequences)
