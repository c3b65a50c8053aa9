"""The inbox: what is due is read, what is accepted or refused moves on, and nothing is lost."""

import json

import pandas as pd
import pytest

from raie.exceptions import MissingError
from raie.interactions.quarantine import Reasons, read_reasons, write_reasons
from raie.params import ITEMS_FILE, NightParams, Params, SyntheticParams
from raie.snapshots.inbox import (
    accept_delivery,
    due_files,
    genesis_date,
    genesis_file,
    prepare_inbox,
    refuse_delivery,
    was_refused,
)


@pytest.fixture
def operator(tmp_path):
    """The operator's checkout, with a delivery of two files."""
    inbox = tmp_path / "operator" / "data" / "inbox"
    inbox.mkdir(parents=True)
    (inbox / "2024-03-02.csv").write_text("first\n")
    (inbox / "extra.csv").write_text("second\n")
    return tmp_path / "operator"


@pytest.fixture
def run(operator, tmp_path):
    """A run's work tree with copies of the delivery, after the gate refused one row."""
    data = tmp_path / "run" / "data"
    (data / "quarantine").mkdir(parents=True)
    (data / "quarantine" / "refusals.csv").write_text("row,reason\n")
    copy_delivery(operator, tmp_path / "run")
    return tmp_path / "run"


def copy_delivery(operator, run):
    copies = run / "data" / "inbox"
    copies.mkdir(exist_ok=True)
    for file in (operator / "data" / "inbox").iterdir():
        (copies / file.name).write_bytes(file.read_bytes())


def delivery(operator):
    return due_files(operator, "2024-03-02")


def contents(folder):
    return {f.relative_to(folder).as_posix(): f.read_text() for f in folder.rglob("*") if f.is_file()}


def test_files_of_later_dates_wait_and_all_others_are_due(operator):
    inbox = operator / "data" / "inbox"
    for name in (
        "2024-03-01.parquet",
        "2024-03-03.csv",
        "2024-03-02T10.tsv",
        "2025-01-01-x.csv",
        "a2030-01-01",
    ):
        (inbox / name).touch()
    for name in (".gitkeep", ".2024-03-01.csv.swp", "genesis.parquet"):
        (inbox / name).touch()
    (inbox / "2024-03-01").mkdir()
    names = [path.name for path in due_files(operator, "2024-03-02")]
    assert names == [
        "2024-03-01.parquet",
        "2024-03-02.csv",
        "2024-03-02T10.tsv",
        "a2030-01-01",
        "extra.csv",
    ]
    assert "2024-03-03.csv" in [path.name for path in due_files(operator, "2024-03-03")]
    assert due_files(operator, "2024-03-02") == [inbox / name for name in names]


def test_an_empty_inbox_is_a_night_without_delivery_and_a_missing_one_an_error(operator):
    for file in delivery(operator):
        file.unlink()
    assert delivery(operator) == []
    (operator / "data" / "inbox").rmdir()
    with pytest.raises(MissingError, match="data/inbox does not exist: make it"):
        delivery(operator)


def test_accepted_files_leave_the_inbox_and_the_refused_rows_are_shown(operator, run):
    waiting = operator / "data" / "inbox" / "2024-03-09.csv"
    waiting.touch()
    kept = accept_delivery(operator, run, "2024-03-02", delivery(operator))
    assert list((operator / "data" / "inbox").iterdir()) == [waiting]
    assert kept.as_posix() == "data/quarantine/2024-03-02"
    assert contents(operator / kept)["refusals.csv"] == "row,reason\n"
    assert read_reasons(operator / kept) == Reasons()


def test_files_refused_as_a_whole_move_beside_their_reasons(operator, run):
    reasons = Reasons(files={"extra.csv": "extra.csv is empty: remove it"})
    write_reasons(run / "data" / "quarantine", reasons)
    kept = accept_delivery(operator, run, "2024-03-02", delivery(operator))
    assert delivery(operator) == []
    assert sorted(contents(operator / kept)) == ["extra.csv", "reasons.json", "refusals.csv"]
    assert (operator / kept / "extra.csv").read_text() == "second\n"
    assert read_reasons(operator / kept) == reasons


def test_without_refusals_there_is_no_quarantine(operator, run):
    (run / "data" / "quarantine" / "refusals.csv").unlink()
    assert accept_delivery(operator, run, "2024-03-02", delivery(operator)) is None
    assert not (operator / "data" / "quarantine").exists()


def test_accepting_again_changes_nothing(operator, run):
    files = delivery(operator)
    write_reasons(run / "data" / "quarantine", Reasons(files={"extra.csv": "no"}))
    accept_delivery(operator, run, "2024-03-02", files)
    before = contents(operator)
    assert accept_delivery(operator, run, "2024-03-02", files) is None
    assert contents(operator) == before


@pytest.mark.parametrize("refused", [(), ("2024-03-02.csv",)])
def test_a_file_replaced_while_the_run_read_it_stays_in_the_inbox(operator, run, refused):
    files = delivery(operator)
    write_reasons(run / "data" / "quarantine", Reasons(files=dict.fromkeys(refused, "no")))
    files[0].write_text("fresh\n")
    accept_delivery(operator, run, "2024-03-02", files)
    assert contents(operator / "data" / "inbox") == {"2024-03-02.csv": "fresh\n"}
    copy_delivery(operator, run)
    files[0].write_text("fresher\n")
    kept = refuse_delivery(operator, run, "2024-03-02", files, reason="no")
    assert contents(operator / "data" / "inbox") == {"2024-03-02.csv": "fresher\n"}
    assert "2024-03-02.csv" not in contents(operator / kept)


def test_a_file_that_the_run_has_not_read_is_not_accepted(operator, run):
    (run / "data" / "inbox" / "extra.csv").unlink()
    accept_delivery(operator, run, "2024-03-02", delivery(operator))
    assert contents(operator / "data" / "inbox") == {"extra.csv": "second\n"}


def test_a_refused_delivery_is_kept_whole_with_its_reasons(operator, run):
    write_reasons(run / "data" / "quarantine", Reasons(files={"extra.csv": "is empty"}))
    where = refuse_delivery(operator, run, "2024-03-02", delivery(operator), reason="recall fell")
    assert where.as_posix() == "data/quarantine/2024-03-02"
    kept = contents(operator / where)
    assert json.loads(kept.pop("reasons.json")) == {
        "delivery": "recall fell",
        "files": {"extra.csv": "is empty"},
    }
    assert kept == {"2024-03-02.csv": "first\n", "extra.csv": "second\n", "refusals.csv": "row,reason\n"}
    assert delivery(operator) == []


def test_refusals_of_one_date_do_not_overwrite_each_other(operator, run):
    inbox = operator / "data" / "inbox"
    folders = []
    for attempt in ("first\n", "again\n", "third\n"):
        (inbox / "2024-03-02.csv").write_text(attempt)
        copy_delivery(operator, run)
        (run / "data" / "quarantine" / "refusals.csv").write_text(f"why {attempt}")
        folders.append(refuse_delivery(operator, run, "2024-03-02", delivery(operator), reason="no").name)
    (inbox / "2024-03-02.csv").write_text("third\n")
    accept_delivery(operator, run, "2024-03-02", delivery(operator))
    assert folders == ["2024-03-02", "2024-03-02-2", "2024-03-02-3"]
    kept = contents(operator / "data" / "quarantine")
    assert [kept[f"{name}/2024-03-02.csv"] for name in folders] == ["first\n", "again\n", "third\n"]
    assert kept["2024-03-02/refusals.csv"] == "why first\n"
    assert kept["2024-03-02-4/refusals.csv"] == "why third\n"


def test_a_file_named_like_the_reasons_does_not_replace_them(operator, run):
    for name in ("refusals.csv", "reasons.json"):
        (operator / "data" / "inbox" / name).write_text("delivered\n")
    copy_delivery(operator, run)
    where = refuse_delivery(operator, run, "2024-03-02", delivery(operator), reason="no")
    kept = contents(operator / where)
    assert kept["refusals.csv"] == "row,reason\n"
    assert read_reasons(operator / where).delivery == "no"
    assert kept["refusals.csv-2"] == "delivered\n"
    assert kept["reasons.json-2"] == "delivered\n"


def test_a_delivery_refused_before_any_row_was_judged_is_kept(operator, tmp_path):
    where = refuse_delivery(operator, tmp_path / "nothing", "2024-03-02", delivery(operator), reason="no")
    assert sorted(contents(operator / where)) == ["2024-03-02.csv", "extra.csv", "reasons.json"]


@pytest.mark.parametrize(("passed", "refused"), [(True, False), (False, True), (None, False)])
def test_the_gates_document_tells_whether_it_refused(tmp_path, passed, refused):
    if passed is not None:
        (tmp_path / "data" / "gates").mkdir(parents=True)
        (tmp_path / "data" / "gates" / "interactions.json").write_text(json.dumps({"passed": passed}))
    assert was_refused(tmp_path) is refused


def test_genesis_is_the_day_of_the_last_prepared_event(tmp_path):
    with pytest.raises(MissingError, match="run raie data prepare first"):
        genesis_date(tmp_path)
    genesis_file(tmp_path).parent.mkdir(parents=True)
    pd.DataFrame({"timestamp": [86_400 * 2, 86_400 * 3 - 1, 5]}).to_parquet(genesis_file(tmp_path))
    assert genesis_date(tmp_path) == "1970-01-03"


def test_preparing_fills_the_inbox_with_set_up_and_one_file_per_day(tmp_path):
    synthetic = SyntheticParams(
        n_users=40, items_per_taste=20, n_nights=2, events_per_night=60, niche_items=4
    )
    prepared = prepare_inbox(tmp_path, Params(synthetic=synthetic, nights=NightParams()))
    names = sorted(path.name for path in (tmp_path / "data" / "inbox").iterdir())
    assert names == sorted(["genesis.parquet", *(f"{day}.parquet" for day in prepared.days)])
    assert genesis_date(tmp_path) < prepared.cut == prepared.days[0]
    assert [path.stem for path in due_files(tmp_path, prepared.days[0])] == [prepared.days[0]]
    assert due_files(tmp_path, genesis_date(tmp_path)) == []
    titled = pd.read_csv(tmp_path / ITEMS_FILE)
    assert titled.columns.tolist() == ["item_id", "title", "genres"]
    events = [pd.read_parquet(file) for file in (tmp_path / "data" / "inbox").iterdir()]
    assert set(pd.concat(events)["item_id"]) <= set(titled["item_id"])
