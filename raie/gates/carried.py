"""What is expected of all that a run carries on: vocabulary, histories, held-out windows."""

from dataclasses import fields
from typing import Any

import numpy as np
import pandas as pd

from raie.columns import TIMESTAMP, USER
from raie.gates.judgement import Suite
from raie.gates.layout import HELDOUT, HISTORIES, VOCABULARY
from raie.gates.reading import readable
from raie.gates.rules import between, none
from raie.gates.run import Run
from raie.gates.windows import AGAIN, load_windows
from raie.interactions.erased import is_erased
from raie.sequences.histories import ITEM_INDEX
from raie.sequences.vocabulary import Vocabulary
from raie.snapshots.digests import folder_digests


def carried_suite(run: Run, vocabulary: Vocabulary) -> Suite:
    """Expect every item to keep its index, the retention of record to stay, histories to fit both."""
    length = run.params.sequences.length
    rules = [
        between("items", 1, None, "is no vocabulary", AGAIN),
        none("moved", "is not 0: items of the previous vocabulary have another index", AGAIN),
        none("heldout_changed", "is not 0: files of the held-out windows are not the previous ones", AGAIN),
        none("outside", "is not 0: histories hold indices outside the vocabulary", AGAIN),
        none("steps_back", "is not 0: kept events are not in time order", AGAIN),
        between("most_events", None, length, f"of one user exceeds sequences.length = {length}", AGAIN),
    ]
    before = _previous_items(run)
    columns = {
        "items": len(vocabulary),
        "moved": _moved(before, vocabulary.items),
        "heldout_changed": _heldout_changed(run),
        **_histories(run, len(vocabulary)),
    }
    counts = {"items": len(vocabulary), "new_items": len(vocabulary) - len(before)}
    return Suite("histories", rules, pd.DataFrame(columns, index=["histories"]), counts)


def load_vocabulary(run: Run) -> Vocabulary:
    """Read the run's vocabulary."""
    with readable(VOCABULARY):
        return Vocabulary.load(run.data / VOCABULARY)


def _previous_items(run: Run) -> tuple[str, ...]:
    """Items whose index must not change: at a retrain too, or the generations could not be compared."""
    if run.night.kind == "construct":
        return ()
    with readable(f"previous/{VOCABULARY}"):
        return Vocabulary.load(run.previous / VOCABULARY).items


def _moved(before: tuple[str, ...], now: tuple[str, ...]) -> int:
    return sum(old != new for old, new in zip(before, now, strict=False)) + max(len(before) - len(now), 0)


def _heldout_changed(run: Run) -> int:
    if not run.goes_on:
        return 0
    if run.night.erasure:
        return _heldout_differs(run)
    now, then = (folder_digests(data / HELDOUT).items() for data in (run.data, run.start))
    return len(dict(now ^ then))


def _heldout_differs(run: Run) -> int:
    """Arrays of the held-out windows that are not the previous ones less those of erased users."""
    now, then = (load_windows(data / HELDOUT, HELDOUT) for data in (run.data, run.start))
    then = then.take(~is_erased(then.user_ids.tolist(), run.night.erasure))
    return sum(not np.array_equal(getattr(now, part.name), getattr(then, part.name)) for part in fields(now))


def _histories(run: Run, n_items: int) -> dict[str, Any]:
    with readable(HISTORIES):
        kept = pd.read_parquet(run.data / HISTORIES, columns=[USER, ITEM_INDEX, TIMESTAMP])
        return {
            "outside": int((~kept[ITEM_INDEX].between(1, n_items)).sum()),
            "steps_back": int(np.count_nonzero(np.diff(kept[TIMESTAMP].to_numpy()) < 0)),
            "most_events": int(kept[USER].value_counts(sort=False).max()) if len(kept) else 0,
        }
