"""Nights of deliveries: every accepted event lies in its day once, whatever arrives when and how often."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from raie.exceptions import MissingError, RefusedError
from raie.interactions.days import days_in, read_days
from raie.interactions.erased import user_digest
from raie.interactions.parquetfiles import read_interactions
from raie.interactions.quarantine import read_reasons
from raie.interactions.table import SECONDS_PER_DAY, day_of, day_start
from raie.snapshots.inbox import accept_delivery, due_files
from raie.stages.ingest import ingest

DAY1, DAY2, DAY3, DAY4 = (f"2024-03-0{k}" for k in (1, 2, 3, 4))
HEADER = "user_id,item_id,timestamp\n"
SMALL = {"n_users": 40, "items_per_taste": 20, "n_nights": 2, "events_per_night": 60, "niche_items": 4}


def at(day, second=0):
    return day_start(day) + second


def csv(*rows):
    return HEADER + "".join(f"{user},{item},{time}\n" for user, item, time in rows)


class Runs:
    """Runs of the stage one after another, each upon the raw days of the one before."""

    def __init__(self, root):
        self.root = root
        self.raw = self.restored = root / "nothing"
        self.raw.mkdir()

    def begin(self, date, kind="nightly", **decided):
        data = self.root / f"{date}-{kind}" / "data"
        (data / "inbox").mkdir(parents=True)
        night = {"snapshot": date or "genesis", "date": date and date[:10], "kind": kind, **decided}
        (data / "night.json").write_text(json.dumps(night))
        return data

    def run(self, data):
        ingest(
            inbox=data / "inbox",
            previous=self.raw,
            restored=self.restored,
            night=data / "night.json",
            **{name: data / name for name in ("raw", "accepted", "quarantine")},
            verdict=data / "gates" / "interactions.json",
        )
        self.raw = data / "raw"
        return data

    def __call__(self, date, files=None, kind="nightly", **decided):
        data = self.begin(date, kind, **decided)
        for name, content in (files or {}).items():
            (data / "inbox" / name).write_text(content)
        return self.run(data)


def document(data):
    return json.loads((data / "gates" / "interactions.json").read_text())


def keys(folder):
    return read_days(folder)[["user_id", "item_id", "timestamp"]]


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def set_params(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(**sections):
        Path("params.yaml").write_text(yaml.safe_dump({"synthetic": SMALL, **sections}))

    write()
    return write


@pytest.fixture
def runs(tmp_path, set_params):
    return Runs(tmp_path)


@pytest.fixture
def begun(runs):
    """Genesis with two events on each of two days."""
    events = [("a", "x", at(DAY1)), ("b", "x", at(DAY1, 9)), ("a", "y", at(DAY2)), ("b", "y", at(DAY2, 9))]
    runs(DAY2, {"genesis.csv": csv(*events)}, kind="construct")
    return runs


@pytest.mark.parametrize("seed", range(3))
def test_every_event_lies_in_its_day_once(runs, seed):
    """Shuffled over nights and files, some late, some twice in the same or another file or night."""
    rng = np.random.default_rng(seed)
    n, nights = 60, [DAY2, DAY3, DAY4]
    times = np.array([at(DAY1) + k for k in rng.choice(4 * SECONDS_PER_DAY, n, replace=False)])
    events = [(f"u{k % 7}", f"i{k % 11}", time) for k, time in enumerate(times)]
    runs(DAY1, {"genesis.csv": csv(*(event for event in events if event[2] < at(DAY2)))}, kind="construct")
    due, sent = {night: {} for night in nights}, [event for event in events if event[2] < at(DAY2)]
    for event in [*events, *events]:
        open_nights = [night for night in nights if event[2] < at(night, SECONDS_PER_DAY)]
        for night in rng.choice(open_nights, size=2) if open_nights else ():
            due[night].setdefault(f"{rng.integers(3)}.csv", []).append(event)
            sent.append(event)
    for night in nights:
        data = runs(night, {name: csv(*rows) for name, rows in due[night].items()})
        assert document(data)["counts"]["refused"] == 0
    got = keys(runs.raw)
    assert sorted(got.itertuples(index=False, name=None)) == sorted(set(sent))
    assert len(set(sent)) > n / 2
    for day in days_in(runs.raw):
        assert set(day_of(read_interactions(runs.raw / f"{day}.parquet")["timestamp"])) == {day}


def test_late_events_go_where_they_belong_and_leave_other_days_alone(begun):
    before = contents(begun.raw)
    late = [("c", "x", at(DAY1, 5)), ("c", "y", at(DAY3, 1)), ("c", "z", at(DAY3))]
    data = begun(DAY3, {"late.csv": csv(*late)})
    after = contents(begun.raw)
    assert after[f"{DAY2}.parquet"] == before[f"{DAY2}.parquet"]
    assert read_interactions(begun.raw / f"{DAY1}.parquet")["user_id"].tolist() == ["a", "b", "c"]
    assert read_days(begun.raw)["user_id"].tolist() == ["a", "c", "b", "a", "b", "c", "c"]
    accepted = read_interactions(data / "accepted" / "interactions.parquet")
    assert accepted[["user_id", "item_id", "timestamp"]].to_numpy().tolist() == [list(row) for row in late]


def test_files_that_interleave_are_taken_and_ties_keep_the_order_of_arrival(begun):
    files = {
        "b.csv": csv(("b", "1", at(DAY3, 2)), ("b", "2", at(DAY3, 4)), ("b", "3", at(DAY3))),
        "a.csv": csv(("a", "1", at(DAY3, 4)), ("a", "2", at(DAY3, 1)), ("a", "3", at(DAY3, 2))),
    }
    begun(DAY3, files)
    got = read_days(begun.raw, since=DAY3)
    assert (got["user_id"] + got["item_id"]).tolist() == ["b3", "a2", "a3", "b1", "a1", "b2"]


def test_bad_files_are_set_aside_with_reasons_and_the_others_go_on(begun):
    files = {
        "bad.csv": csv(("c", "x", at(DAY3)), ("c", "y", "soon")),
        "columns.csv": "user_id,when\nc,5\n",
        "good.csv": csv(("c", "x", at(DAY3))),
        "kind.xyz": "?",
    }
    data = begun(DAY3, files)
    assert keys(begun.raw).to_numpy().tolist()[4:] == [["c", "x", at(DAY3)]]
    reasons = read_reasons(data / "quarantine")
    assert reasons.delivery is None
    assert sorted(reasons.files) == ["bad.csv", "columns.csv", "kind.xyz"]
    assert "bad.csv, line 3, timestamp: 'soon'" in reasons.files["bad.csv"]
    refusals = pd.read_csv(data / "quarantine" / "refusals.csv")
    assert refusals.columns.tolist() == ["file", "line", "column", "value", "reason", "remedy"]
    assert refusals["file"].tolist() == ["bad.csv", "bad.csv", "columns.csv", "kind.xyz"]
    assert refusals["line"].fillna(-1).tolist() == [-1, 3, -1, -1]
    assert document(data)["passed"]


def test_a_night_of_nothing_but_bad_files_is_an_empty_one(begun):
    before = contents(begun.raw)
    data = begun(DAY3, {"bad.csv": "user_id\n1\n"})
    assert contents(begun.raw) == before
    assert not len(read_interactions(data / "accepted" / "interactions.parquet"))
    empty = begun(DAY4)
    assert contents(begun.raw) == before
    assert document(empty)["headline"] == "nothing was delivered"
    assert not contents(empty / "quarantine")


def test_below_the_share_only_the_bad_rows_are_refused(begun, set_params):
    set_params(gates={"interactions": {"max_refused_share": 0.5}})
    data = begun(DAY3, {"half.csv": csv(("c", "x", at(DAY3)), ("c", "y", "soon"))})
    assert document(data)["counts"] == {
        **{"rows": 2, "accepted": 1, "duplicates": 0, "refused": 1},
        "refused_share": 0.5,
    }
    assert read_reasons(data / "quarantine").files == {}
    assert len(pd.read_csv(data / "quarantine" / "refusals.csv")) == 1


def test_a_flood_is_refused_as_a_whole_and_nothing_is_accepted(begun, set_params):
    flood = {"flood.csv": csv(*(("c", "x", at(DAY3, k)) for k in range(41)))}
    data = begun.begin(DAY3)
    (data / "inbox" / "flood.csv").write_text(flood["flood.csv"])
    with pytest.raises(RefusedError, match=r"volume_ratio = 20\.5 exceeds .*max_volume_ratio = 20"):
        begun.run(data)
    assert not document(data)["passed"]
    assert document(data)["counts"]["accepted"] == 0
    assert not (data / "raw").exists()
    assert "flood.csv" in read_reasons(data / "quarantine").files
    set_params(nights={"days": 2})  # the days before a night of two days hold half as much per day
    begun(DAY4, flood)
    assert len(read_days(begun.raw)) == 4 + 41


def test_volume_is_compared_with_the_days_before_those_of_the_night(begun, set_params):
    set_params(nights={"days": 2}, gates={"interactions": {"recent_days": 1}})
    data = begun(DAY4, {"two-days.csv": csv(*(("c", "x", at(DAY3, k)) for k in range(12)))})
    assert document(data)["measured"]["volume_ratio"] == 12 / 2 / 2


def test_a_retrain_begins_with_everything_in_time_order(begun, set_params):
    set_params(gates={"interactions": {"min_rows": 1}})
    files = {"many.csv": csv(*(("c", "x", at(DAY3, k)) for k in range(50)), ("c", "x", at(DAY1, 5)))}
    data = begun(DAY3, files, kind="retrain")
    accepted = read_interactions(data / "accepted" / "interactions.parquet")
    pd.testing.assert_frame_equal(accepted, read_days(data / "raw"))
    assert len(accepted) == 55
    assert accepted["timestamp"].is_monotonic_increasing
    alone = begun(DAY4, kind="retrain")
    pd.testing.assert_frame_equal(read_interactions(alone / "accepted" / "interactions.parquet"), accepted)


def test_genesis_cannot_begin_with_nothing(runs):
    data = runs.begin(DAY1, "construct")
    (data / "inbox" / "genesis.csv").write_text(csv(("a", "x", "soon")))
    with pytest.raises(
        RefusedError, match=r"accepted = 0 lies below 1.*genesis\.csv, line 2, timestamp: 'soon'"
    ):
        runs.run(data)
    assert not document(data)["passed"]


def test_without_anything_genesis_is_the_embedded_population(runs, set_params):
    data = runs(None, kind="construct")
    assert len(read_days(data / "raw")) == document(data)["counts"]["accepted"] > 0
    set_params(data={"source": "table", "path": "events.csv"})
    runs.raw = runs.root / "nothing"
    with pytest.raises(MissingError, match="run raie data prepare first"):
        runs(DAY1, kind="construct")


def test_equal_inputs_give_equal_bytes(begun):
    files = {"b.csv": csv(("c", "x", at(DAY3)), ("c", "x", at(DAY3))), "a.csv": csv(("c", "y", "soon"))}
    before = begun.raw
    data = begun(DAY3, files)
    made = {path.relative_to(data): path.read_bytes() for path in data.rglob("*") if path.is_file()}
    shutil.rmtree(data)
    begun.raw = before
    again = begun(DAY3, files)
    assert made == {path.relative_to(again): path.read_bytes() for path in again.rglob("*") if path.is_file()}


class KilledError(BaseException):
    """Stands for a signal."""


@pytest.mark.parametrize("steps", range(5))
def test_files_left_by_a_killed_acceptance_are_neither_lost_nor_counted_twice(begun, monkeypatch, steps):
    """Whatever ``accept_delivery`` had done when it was killed, the next night puts in order."""
    operator = begun.root / "operator"
    files = {
        "a.csv": csv(("c", "x", at(DAY3)), ("c", "y", at(DAY3))),
        "bad.csv": csv(("c", "x", "soon")),
        "b.csv": csv(("c", "y", at(DAY3)), ("c", "z", at(DAY3))),
    }
    (operator / "data" / "inbox").mkdir(parents=True)
    for name, content in files.items():
        (operator / "data" / "inbox" / name).write_text(content)

    left = [steps]

    def dying(done):
        def step(*arguments, **options):
            if not left[0]:
                raise KilledError
            left[0] -= 1
            return done(*arguments, **options)

        return step

    data = begun(DAY3, files)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "move", dying(shutil.move))
        patch.setattr(shutil, "copytree", dying(shutil.copytree))
        patch.setattr(Path, "unlink", dying(Path.unlink))
        if steps < 4:
            with pytest.raises(KilledError):
                accept_delivery(operator, data.parent, DAY3, due_files(operator, DAY3))
        else:
            accept_delivery(operator, data.parent, DAY3, due_files(operator, DAY3))
    expected = keys(begun.raw)
    remaining = {file.name: file.read_text() for file in due_files(operator, DAY4)}
    assert len(remaining) == min(3, 4 - steps)
    data = begun(DAY4, remaining)
    accept_delivery(operator, data.parent, DAY4, due_files(operator, DAY4))
    assert document(data)["counts"]["accepted"] == 0
    pd.testing.assert_frame_equal(keys(begun.raw), expected)
    assert not expected.duplicated().any()
    assert not due_files(operator, DAY4)
    (kept,) = (operator / "data" / "quarantine").rglob("bad.csv")
    assert kept.read_text() == files["bad.csv"]
    assert "bad.csv" in read_reasons(kept.parent).files


def test_an_erasure_takes_a_users_rows_from_every_day_and_learns_nothing(begun):
    before = keys(begun.raw)
    begun(DAY3, {"late.csv": csv(("c", "x", at(DAY3)))})
    untouched = contents(begun.raw)[f"{DAY3}.parquet"]
    data = begun(f"{DAY3}-2", kind="erase", erasure=[user_digest("a")])
    assert keys(data / "raw")["user_id"].tolist() == ["b", "b", "c"]
    assert contents(data / "raw")[f"{DAY3}.parquet"] == untouched
    assert len(read_interactions(data / "accepted/interactions.parquet")) == 0
    assert set(before["user_id"]) == {"a", "b"}


def test_an_erasure_that_starts_over_learns_what_came_since_but_for_the_user(begun):
    begun.restored = begun.raw
    begun(DAY3, {"a.csv": csv(("c", "x", at(DAY3)), ("d", "x", at(DAY1, 7)))})
    begun(DAY4, {"b.csv": csv(("c", "y", at(DAY4)), ("a", "z", at(DAY4, 1)))})
    data = begun(f"{DAY4}-2", kind="erase", restored=DAY2, erasure=[user_digest("c")])
    accepted = read_interactions(data / "accepted/interactions.parquet")
    assert accepted[["user_id", "item_id"]].to_numpy().tolist() == [["d", "x"], ["a", "z"]]
    assert "c" not in set(keys(data / "raw")["user_id"])


def test_a_retrain_with_an_erasure_begins_without_the_user(begun):
    data = begun(DAY3, kind="retrain", erasure=[user_digest("b")])
    for rows in (keys(data / "raw"), read_interactions(data / "accepted/interactions.parquet")):
        assert set(rows["user_id"]) == {"a"}


def test_an_erased_users_events_may_be_delivered_again(begun):
    begun(f"{DAY2}-2", kind="erase", erasure=[user_digest("a")])
    data = begun(DAY3, {"again.csv": csv(("a", "x", at(DAY1)))})
    assert document(data)["counts"]["accepted"] == 1


@pytest.mark.parametrize("kind", ["restore", "erase", "retrain"])
def test_nothing_has_to_come_where_a_person_decided(begun, set_params, kind):
    set_params(gates={"interactions": {"min_rows": 10}})
    data = begun(DAY3, kind=kind)
    assert document(data)["passed"] and document(data)["warnings"] == []
    assert contents(data / "raw").keys() == {f"{DAY1}.parquet", f"{DAY2}.parquet"}
