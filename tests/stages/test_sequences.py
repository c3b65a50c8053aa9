"""Windows, vocabulary and the newest held-out slice, at genesis, over nights and at a retrain."""

import json
from contextlib import chdir
from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest
import yaml

from raie.interactions.erased import user_digest
from raie.interactions.heldout import is_held_out
from raie.interactions.parquetfiles import write_interactions
from raie.sequences.vocabulary import Vocabulary
from raie.sequences.windows import Windows, concatenate
from raie.stages.sequences import sequences

DAY, SHARE, SIZE = 86_400, 0.3, 40
SECTIONS = {
    "sequences": {"length": 6, "min_history": 1, "heldout_share": SHARE, "max_heldout_windows": 60},
    "backbone": {"max_length": 8},
    "promotion": {"slice_windows": SIZE},
}


def events(first_day, n_days, *, seed, n=200, n_items=30):
    """Events of thirty users, no two in the same second."""
    rng = np.random.default_rng(seed)
    times = first_day * DAY + np.sort(rng.choice(n_days * DAY, size=n, replace=False))
    users = [f"u{user:02d}" for user in rng.integers(0, 30, n)]
    items = [f"i{item:02d}" for item in rng.integers(0, n_items, n)]
    return pd.DataFrame({"user_id": users, "item_id": items, "timestamp": times, "rating": np.nan})


class Runs:
    """Runs of the stage in folders of their own, each on top of the one before."""

    def __init__(self, root):
        self.root, self.last = root, root / "nothing"
        (self.last / "histories").mkdir(parents=True)

    def run(self, name, rows, kind="nightly", *, decided=None, **sections):
        folder = self.root / name
        folder.mkdir()
        write_interactions(rows, folder / "accepted" / "interactions.parquet")
        given = {key: SECTIONS.get(key, {}) | sections.get(key, {}) for key in SECTIONS | sections}
        (folder / "params.yaml").write_text(yaml.safe_dump(given))
        (folder / "night.json").write_text(json.dumps({"snapshot": name, "kind": kind, **(decided or {})}))
        with chdir(folder):
            sequences(
                accepted=folder / "accepted",
                previous=self.last / "histories",
                restored=self.root / (decided or {}).get("restored", "nothing") / "histories",
                night=folder / "night.json",
                histories=folder / "histories",
                windows=folder / "windows",
            )
        self.last = folder
        return Made(folder)


class Made:
    def __init__(self, folder):
        self.folder = folder
        self.recent = Windows.load(folder / "histories" / "recent")
        self.heldout = Windows.load(folder / "histories" / "heldout")
        self.incoming = Windows.load(folder / "windows" / "incoming")
        self.trainable = np.load(folder / "windows" / "trainable.npy", allow_pickle=False)
        self.vocabulary = Vocabulary.load(folder / "histories" / "vocabulary.json")


@pytest.fixture
def runs(tmp_path):
    return Runs(tmp_path)


def rows_of(windows):
    columns = (getattr(windows, field.name).tolist() for field in fields(Windows))
    return [json.dumps(row) for row in zip(*columns, strict=True)]


def held_out(user_ids, share=SHARE):
    return is_held_out(user_ids.tolist(), share=share, seed=0)


def test_the_slice_of_genesis_is_the_newest_of_its_held_out_windows(runs):
    made = runs.run("genesis", events(0, 20, seed=1), "construct")
    everything = runs.run(
        "all", events(0, 20, seed=1), "construct", promotion={"slice_windows": 10**6}
    ).recent
    assert len(made.recent) == SIZE < len(everything)
    assert rows_of(made.recent) == rows_of(everything)[-SIZE:]
    assert held_out(everything.user_ids).all()
    assert (np.diff(everything.label_times) >= 0).all()
    assert made.trainable.all() and not held_out(made.incoming.user_ids).any()


def test_night_by_night_the_slice_is_the_newest_of_all_held_out_windows_and_none_repeats(runs):
    made = runs.run("genesis", events(0, 20, seed=1), "construct")
    ever = [made.recent]
    for night in range(4):
        made = runs.run(f"night{night}", events(20 + night, 1, seed=2 + night, n=60))
        tonight = made.incoming.take(~made.trainable)
        assert 0 < len(tonight) < SIZE
        ever.append(tonight)
        whole = concatenate(ever)
        newest = whole.take(np.argsort(whole.label_times, kind="stable")[-SIZE:])
        assert rows_of(made.recent) == rows_of(newest)
        assert len(set(rows_of(made.recent))) == SIZE


def test_a_late_event_is_as_old_as_its_label(runs):
    runs.run("genesis", events(0, 20, seed=1), "construct")
    before = runs.run("night", events(20, 1, seed=2))
    late = runs.run("late", events(3, 1, seed=3, n=80))
    assert (~late.trainable).any()
    assert rows_of(late.recent) == rows_of(before.recent)
    oldest = before.recent.label_times[SIZE // 2]
    between = events(int(oldest // DAY), 1, seed=4, n=80)
    after = runs.run("between", between[between["timestamp"] > oldest])
    added = set(rows_of(after.recent)) - set(rows_of(before.recent))
    assert added and added <= set(rows_of(after.incoming.take(~after.trainable)))
    assert (np.diff(after.recent.label_times) >= 0).all()


def test_an_empty_night_carries_everything_over(runs):
    before = runs.run("genesis", events(0, 20, seed=1), "construct")
    after = runs.run("night", events(20, 1, seed=2)[:0])
    assert len(after.incoming) == 0
    for name in ("recent", "heldout"):
        assert rows_of(getattr(after, name)) == rows_of(getattr(before, name))


def test_a_snapshot_from_before_there_was_a_slice_starts_with_tonights(runs):
    runs.run("genesis", events(0, 20, seed=1), "construct")
    for file in (runs.last / "histories" / "recent").iterdir():
        file.unlink()
    (runs.last / "histories" / "recent").rmdir()
    made = runs.run("night", events(20, 1, seed=2, n=60))
    assert rows_of(made.recent) == rows_of(made.incoming.take(~made.trainable))


def test_a_user_who_is_no_longer_held_out_leaves_the_slice(runs):
    before = runs.run("genesis", events(0, 20, seed=1), "construct")
    after = runs.run("night", events(20, 1, seed=2)[:0], sequences={"heldout_share": 0.1})
    stay = held_out(before.recent.user_ids, share=0.1)
    assert 0 < stay.sum() < SIZE
    assert rows_of(after.recent) == rows_of(before.recent.take(stay))


class TestRetrain:
    @pytest.fixture
    def nights(self, runs):
        days = [events(0, 20, seed=1), events(20, 1, seed=2, n=60, n_items=40)]
        days[1].loc[0, ["item_id", "timestamp"]] = ["late", 5]  # first in time, not in the vocabulary
        runs.run("genesis", days[0], "construct")
        return runs, runs.run("night", days[1]), pd.concat(days, ignore_index=True)

    def test_indices_stay_and_new_items_come_behind(self, nights):
        runs, before, everything = nights
        new = events(21, 1, seed=3, n=60, n_items=60)
        everything = pd.concat([everything, new])
        made = runs.run("retrain", everything.iloc[::-1], "retrain")
        known = before.vocabulary.items
        assert made.vocabulary.items[: len(known)] == known
        assert set(made.vocabulary.items) == set(everything["item_id"]) > set(known)
        assert known.index("late") > 0

    def test_the_slice_is_carried_as_it_is(self, nights):
        runs, before, everything = nights
        made = runs.run("retrain", pd.concat([everything, events(21, 1, seed=3)]), "retrain")
        assert rows_of(made.recent) == rows_of(before.recent)

    def test_the_rest_is_as_at_genesis_but_for_the_indices(self, nights):
        runs, _, everything = nights
        made = runs.run("retrain", everything, "retrain")
        runs.last = runs.root / "nothing"
        fresh = runs.run("fresh", everything, "construct")
        renamed = np.array([0, *made.vocabulary.indices(fresh.vocabulary.items)], dtype=np.int32)
        for name in ("incoming", "heldout"):
            cut = getattr(fresh, name)
            same = replace(cut, histories=renamed[cut.histories], next_items=renamed[cut.next_items])
            assert rows_of(getattr(made, name)) == rows_of(same)
        assert held_out(made.heldout.user_ids).all() and made.trainable.all()
        items, again = (
            np.load(each.folder / "windows/training/items.npy", allow_pickle=False) for each in (made, fresh)
        )
        assert np.array_equal(items, renamed[again])

    def test_windows_of_another_length_are_cut_anew(self, nights):
        runs, _, everything = nights
        made = runs.run("retrain", everything, "retrain", sequences={"length": 4})
        assert made.recent.histories.shape == (SIZE, 4)
        assert made.recent.label_times.max() == made.recent.label_times[-1]
        after = runs.run("after", events(21, 1, seed=3), sequences={"length": 4})
        assert after.recent.histories.shape == (SIZE, 4)


def test_an_erasure_keeps_everything_but_the_users(runs):
    before = runs.run("genesis", events(0, 20, seed=1), "construct")
    held = sorted(set(before.recent.user_ids.tolist()) & set(before.heldout.user_ids.tolist()))[0]
    gone = [held, "u03"]
    decided = {"erasure": [user_digest(user) for user in gone]}
    after = runs.run("erased", events(0, 1, seed=2, n=1)[:0], "erase", decided=decided)
    for name in ("heldout", "recent"):
        windows = getattr(before, name)
        kept = [row for user, row in zip(windows.user_ids, rows_of(windows), strict=True) if user not in gone]
        assert rows_of(getattr(after, name)) == kept != rows_of(windows)
    assert len(after.incoming) == 0 and after.vocabulary.items == before.vocabulary.items
    histories = [pd.read_parquet(each.folder / "histories/histories.parquet") for each in (before, after)]
    left = histories[0][~histories[0]["user_id"].isin(gone)].reset_index(drop=True)
    pd.testing.assert_frame_equal(histories[1], left)


def test_starting_over_goes_on_from_the_restored_histories_with_the_newest_vocabulary(runs):
    genesis, night = events(0, 20, seed=1), events(20, 1, seed=2, n=60, n_items=40)
    runs.run("genesis", genesis, "construct")
    newest = runs.run("night", night)
    again = night[night["user_id"] != "u04"].reset_index(drop=True)
    decided = {"restored": "genesis", "erasure": [user_digest("u04")]}
    made = runs.run("again", again, "erase", decided=decided)
    assert made.vocabulary.items == newest.vocabulary.items
    expected = [
        row
        for user, row in zip(newest.incoming.user_ids, rows_of(newest.incoming), strict=True)
        if user != "u04"
    ]
    assert rows_of(made.incoming) == expected


def test_a_retrain_with_an_erasure_carries_no_window_of_the_user(runs):
    rows = events(0, 20, seed=1)
    made = runs.run("genesis", rows, "construct")
    gone = made.recent.user_ids[0]
    left = rows[rows["user_id"] != gone].reset_index(drop=True)
    made = runs.run("retrain", left, "retrain", decided={"erasure": [user_digest(str(gone))]})
    for windows in (made.recent, made.heldout, made.incoming):
        assert gone not in windows.user_ids.tolist() and len(windows)
