"""Every rule on sequences is broken once, alone."""

import shutil

import numpy as np
import pandas as pd
import pytest

from raie.gates.artefacts import judge_artefact
from raie.interactions.parquetfiles import read_interactions, write_interactions
from tests.gates import spoiling
from tests.gates.conftest import rule_of
from tests.gates.worktrees import LENGTH, held_out

BETWEEN = "ExpectColumnValuesToBeBetween"
INCOMING = "data/windows/incoming"


def at(folder, field, place, value):
    return lambda tree: spoiling.put(tree / folder / f"{field}.npy", place, value)


def cut(folder, field, change):
    return lambda tree: spoiling.array(tree / folder / f"{field}.npy", change)


def both(*changes):
    return lambda tree: [change(tree) for change in changes]


def read(path):
    return np.load(path, allow_pickle=False)


def swap_items(tree):
    def swap(held):
        held["items"][0], held["items"][1] = held["items"][1], held["items"][0]

    spoiling.document(tree / "data/histories/vocabulary.json", swap)


def histories(change):
    return lambda tree: spoiling.table(tree / "data/histories/histories.parquet", change)


def no_vocabulary(tree):
    histories(lambda kept: kept[:0])(tree)
    spoiling.document(tree / "data/histories/vocabulary.json", lambda held: held.update(items=[]))


def too_many_events(kept):
    return pd.concat([kept, kept.iloc[[-1] * (LENGTH + 1)]])


def a_held_out_user_trains(tree):
    held = held_out(read(tree / INCOMING / "user_ids.npy"))
    spoiling.put(tree / "data/windows/trainable.npy", np.flatnonzero(held)[0], True)


def free_user(tree):
    users = read(tree / INCOMING / "user_ids.npy")
    return users[~held_out(users)][0]


def a_free_user_is_held_out(tree):
    spoiling.put(tree / "data/histories/recent/user_ids.npy", 0, free_user(tree))


def a_held_out_user_validates(tree):
    held = read(tree / "data/histories/heldout/user_ids.npy")[0]
    spoiling.put(tree / "data/windows/validation/user_ids.npy", 0, held)


def validation_begins_early(tree):
    def begin(labels):
        labels[:] = read(tree / "data/windows/training/times.npy").max()

    spoiling.array(tree / "data/windows/validation/label_times.npy", begin)


def timelines_run_on(tree):
    spoiling.array(tree / "data/windows/training/ends.npy", lambda ends: ends[:-1])


def fewer_events(tree):
    path = tree / "data/accepted/interactions.parquet"
    write_interactions(read_interactions(path)[:2], path)


SPOILT = [
    ("nightly", cut(INCOMING, "histories", lambda a: a[:, 1:]), ("window_shapes", "length")),
    ("nightly", cut(INCOMING, "history_times", lambda a: a[:, 1:]), ("window_shapes", "times_length")),
    ("nightly", cut(INCOMING, "label_times", lambda a: a[:-1]), ("window_shapes", "ragged")),
    ("construct", no_vocabulary, ("histories", "items")),
    ("nightly", swap_items, ("histories", "moved")),
    ("retrain", swap_items, ("histories", "moved")),
    ("nightly", at("data/histories/heldout", "label_times", 0, 9), ("histories", "heldout_changed")),
    ("nightly", histories(lambda kept: kept.assign(item_index=14)), ("histories", "outside")),
    ("nightly", histories(lambda kept: kept[::-1]), ("histories", "steps_back")),
    ("nightly", histories(too_many_events), ("histories", "most_events")),
    ("nightly", cut("data/windows", "trainable", lambda a: a[:-1]), ("sequences", "mask")),
    ("nightly", cut("data/windows", "trainable", lambda a: a.astype(int)), ("sequences", "mask")),
    (
        "construct",
        cut("data/windows/training", "items", lambda a: a + 13 * (a == 1)),
        ("sequences", "outside"),
    ),
    ("construct", validation_begins_early, ("sequences", "lead")),
    ("construct", timelines_run_on, ("sequences", "misended")),
    ("nightly", fewer_events, ("sequences", "short_share")),
    (
        "nightly",
        both(
            at(INCOMING, "histories", (3, slice(0, -1)), 0),
            at(INCOMING, "history_times", (3, slice(0, -1)), 0),
        ),
        ("windows_incoming", "items"),
    ),
    (
        "nightly",
        both(at(INCOMING, "histories", (3, 4), 0), at(INCOMING, "history_times", (3, 4), 0)),
        ("windows_incoming", "gaps"),
    ),
    ("nightly", at(INCOMING, "histories", (3, 4), -1), ("windows_incoming", "lowest")),
    ("nightly", at(INCOMING, "histories", (3, 4), 14), ("windows_incoming", "highest")),
    ("nightly", at(INCOMING, "next_items", 3, 14), ("windows_incoming", "label")),
    ("nightly", at(INCOMING, "next_items", 3, 0), ("windows_incoming", "label")),
    ("nightly", at(INCOMING, "label_times", 3, 1_709_000_100), ("windows_incoming", "seconds_to_label")),
    ("construct", at(INCOMING, "history_times", (0, 0), -5), ("windows_incoming", "padded_times")),
    ("nightly", at(INCOMING, "history_times", (3, 4), 5), ("windows_incoming", "steps_back")),
    ("nightly", a_held_out_user_trains, ("windows_incoming", "misplaced")),
    ("nightly", a_free_user_is_held_out, ("histories_recent", "misplaced")),
    ("construct", a_held_out_user_validates, ("windows_validation", "misplaced")),
    ("construct", at("data/histories/heldout", "next_items", 0, 99), ("histories_heldout", "label")),
]


@pytest.mark.parametrize(("kind", "spoil", "rule"), SPOILT, ids=[".".join(rule) for *_, rule in SPOILT])
def test_a_planted_fault_fails_its_rule_alone(spoilt, kind, spoil, rule):
    found = spoilt("sequences", kind, spoil)
    assert found.failed == {(*rule, BETWEEN)}
    assert not found.judgement.passed
    assert f"{rule[1]}: " in found.judgement.headline()


def test_every_rule_is_broken_above(copied):
    def general(suite, column, *_):
        return suite if suite in ("window_shapes", "histories", "sequences") else "any windows", column

    judged = judge_artefact("sequences", copied("construct")).expectations
    assert {general(*rule_of(record)) for record in judged} == {general(*rule) for *_, rule in SPOILT}


def test_events_without_a_window_are_a_warning(spoilt):
    found = spoilt(
        "sequences", "construct", lambda tree: spoiling.params(tree, "sequences", warn_short_share=0.1)
    )
    assert found.failed == {("sequences", "short_share", BETWEEN)}
    assert found.judgement.passed
    assert found.judgement.warnings == (
        "windows, short_share: 0.2 exceeds gates.sequences.warn_short_share = 0.1; expect little of this run",
    )
    assert found.judgement.headline() == "50 checks passed, 1 warned"


def test_a_slice_that_no_earlier_night_kept_is_not_missed(spoilt):
    assert not spoilt(
        "sequences", "nightly", lambda tree: shutil.rmtree(tree / "data/histories/recent")
    ).failed
