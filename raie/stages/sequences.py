"""Cut accepted interactions into windows; grow the vocabulary, histories and the newest held-out slice."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from raie.columns import ITEM
from raie.interactions.erased import is_erased
from raie.interactions.heldout import is_held_out
from raie.interactions.parquetfiles import read_interactions
from raie.interactions.table import in_time_order, positives
from raie.params import Params, load_params
from raie.sequences.events import Events, events_of
from raie.sequences.histories import Histories, update
from raie.sequences.training import timelines_of
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


def sequences(
    *, accepted: Path, previous: Path, restored: Path, night: Path, histories: Path, windows: Path
) -> None:
    """Run the stage."""
    params, this = load_params(), read_night(night)
    rows = read_interactions(accepted / "interactions.parquet")
    rows = in_time_order(positives(rows, params.data.min_rating))
    for folder in (histories, windows):
        folder.mkdir(parents=True, exist_ok=True)
    vocabulary = Vocabulary.load(previous / VOCABULARY) if this.kind != "construct" else Vocabulary()
    out = _Out(vocabulary.extend(rows[ITEM]), histories, windows)
    before = _Before(restored if this.starts_over else previous, this.erasure, params)
    if this.goes_on:
        _go_on(rows, params, before, out)
    else:
        _begin(rows, params, before.carried() if this.kind == "retrain" else [], out)


@dataclass(frozen=True)
class _Out:
    """Where the stage writes, and the vocabulary: item indices stay valid across generations too."""

    vocabulary: Vocabulary
    histories: Path
    windows: Path


@dataclass(frozen=True)
class _Before:
    """Histories of the snapshot that is gone on from, less those of erased users."""

    folder: Path
    erasure: Sequence[str]
    params: Params

    def events(self) -> Histories:
        length = self.params.sequences.length
        kept = Histories.load(self.folder / HISTORIES, length=length).events
        return Histories(length, kept.take(~is_erased(kept.user_ids.tolist(), self.erasure)))

    def windows(self, name: str) -> Windows:
        found = Windows.load(self.folder / name)
        return found.take(~is_erased(found.user_ids.tolist(), self.erasure))

    def carried(self) -> list[Windows]:
        """The newest held-out slice, if one was kept of windows as long as today's."""
        if not (self.folder / RECENT).is_dir():
            return []
        carried = self.windows(RECENT)
        return [carried] if carried.histories.shape[1] == self.params.sequences.length else []


def _go_on(rows: pd.DataFrame, params: Params, before: _Before, out: _Out) -> None:
    cut = params.sequences
    events = events_of(rows, out.vocabulary)
    after, incoming = update(before.events(), events, length=cut.length, min_history=cut.min_history)
    before.windows(HELDOUT).save(out.histories / HELDOUT)
    _newest([*before.carried(), incoming], params).save(out.histories / RECENT)
    _save(after, incoming, params, out)


def _begin(rows: pd.DataFrame, params: Params, carried: list[Windows], out: _Out) -> None:
    """Begin a generation; item indices of the one before stay valid, so that both rank the same windows."""
    cut = params.sequences
    events = events_of(rows, out.vocabulary)
    # Every event is a label once (stride 1), its history what came before it.
    after, all_windows = update(
        Histories.empty(cut.length), events, length=cut.length, min_history=cut.min_history
    )
    held = _held_out(all_windows.user_ids, params)
    _sample(all_windows.take(held), params).save(out.histories / HELDOUT)
    _newest(carried or [all_windows], params).save(out.histories / RECENT)
    _save(after, all_windows.take(~held), params, out)
    _save_training(events.take(~_held_out(events.user_ids, params)), params, out.windows)


def _newest(parts: Sequence[Windows], params: Params) -> Windows:
    """The newest windows of held-out users by the time of their label, oldest first."""
    windows = concatenate(parts)
    windows = windows.take(_held_out(windows.user_ids, params))
    by_time = np.argsort(windows.label_times, kind="stable")
    return windows.take(by_time[-params.promotion.slice_windows :])


def _save_training(events: Events, params: Params, windows: Path) -> None:
    """Timelines that the backbone learns from, and the newest events that choose its stopping epoch."""
    share = params.pretrain.validation_share
    boundary = int(np.quantile(events.times, 1 - share, method="higher"))
    is_tail = events.times >= boundary
    cut = params.sequences
    tail = production_windows(events, is_tail, length=cut.length, min_history=cut.min_history)
    tail.save(windows / VALIDATION)
    (windows / TRAINING).mkdir()
    for name, array in zip(TRAINING_FILES, timelines_of(events.take(~is_tail)), strict=True):
        np.save(windows / TRAINING / name, array, allow_pickle=False)


def _save(after: Histories, incoming: Windows, params: Params, out: _Out) -> None:
    out.vocabulary.save(out.histories / VOCABULARY)
    after.save(out.histories / HISTORIES)
    incoming.save(out.windows / INCOMING)
    np.save(out.windows / TRAINABLE, ~_held_out(incoming.user_ids, params), allow_pickle=False)


def _held_out(user_ids: np.ndarray, params: Params) -> np.ndarray:
    share = params.sequences.heldout_share
    return is_held_out(user_ids.tolist(), share=share, seed=params.compute.seed)


def _sample(heldout: Windows, params: Params) -> Windows:
    size = min(len(heldout), params.sequences.max_heldout_windows)
    rng = np.random.default_rng(params.compute.seed)
    return heldout.take(np.sort(rng.choice(len(heldout), size=size, replace=False)))


if __name__ == "__main__":
    start(sequences)
