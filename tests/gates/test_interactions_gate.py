"""The gate on interactions: rows are refused, then files, then everything; duplicates are no fault."""

import json
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from raie.exceptions import UsageError
from raie.gates.interactions.gate import judge_interactions
from raie.interactions.delivery import read_delivery
from raie.interactions.recent import Recent
from raie.interactions.table import accepted, day_start
from raie.params import Columns, DataParams, InteractionGateParams

AS_OF = day_start("2024-01-02")
NOW = AS_OF - 100
RATED = DataParams(source="table", path="-", columns=Columns(rating="rating"))
STRICT = InteractionGateParams()
LENIENT = InteractionGateParams(max_refused_share=1.0)
HEADER = "user_id,item_id,timestamp,rating\n"
RECENT = Recent(
    days=28, rows_per_day=4.0, users=pd.Index(["u", "v"], dtype="str"), items=pd.Index(["i"], dtype="str")
)


def delivered(folder, **files):
    """A delivery of CSV files, each given as its lines."""
    for name, lines in files.items():
        (folder / f"{name}.csv").write_text(HEADER + "".join(f"{line}\n" for line in lines))
    return read_delivery([folder / f"{name}.csv" for name in files], RATED)


def judged(delivery, *, known=None, recent=None, params=STRICT, as_of=AS_OF, days=1):
    return judge_interactions(delivery, known=known, recent=recent, as_of=as_of, days=days, params=params)


def counts(verdict):
    return {what: verdict.count(what) for what in ("rows", "accepted", "duplicates", "refused")}


BAD = {
    f"u,i,{NOW}": ("line", f"u,i,{NOW}", "holds 3 fields"),
    "u,i,abc,1": ("timestamp", "abc", "is not a number"),
    f",i,{NOW},1": ("user_id", None, "is missing"),
    f"u,NULL,{NOW},1": ("item_id", None, "is missing"),
    "u,i,,1": ("timestamp", None, "is missing"),
    "u,i,-5,1": ("timestamp", "-5", "is negative"),
    "u,i,5,1": ("timestamp", "5", "lies before 1990-01-01"),
    f"u,i,{AS_OF},1": ("timestamp", str(AS_OF), "lies in the future"),
    f"u,i,{NOW}000,1": ("timestamp", f"{NOW}000", "lies in the future"),
    f"u,i,{NOW},11": ("rating", "11", "is not between 0 and 10"),
    f"u,i,{NOW},-0.5": ("rating", "-0.5", "is not between 0 and 10"),
    f"u\x07,i,{NOW},1": ("user_id", "u\x07", "holds control characters"),
    f"u,{'i' * 257},{NOW},1": ("item_id", "i" * 257, "is longer than 256"),
}


@pytest.fixture(scope="module")
def bad_batch(tmp_path_factory):
    lines = [f"ok{k},i,{NOW},{k}" for k in range(3)]
    delivery = delivered(tmp_path_factory.mktemp("bad"), drop=[*lines, *BAD])
    return delivery, judged(delivery, params=LENIENT)


@pytest.mark.parametrize("place", range(len(BAD)), ids=[want[2] for want in BAD.values()])
def test_each_kind_of_bad_row_is_refused_with_its_reason(bad_batch, place):
    _, verdict = bad_batch
    column, value, reason = list(BAD.values())[place]
    refusal = verdict.refusals.iloc[place]
    assert (refusal["file"], refusal["line"], refusal["column"]) == ("drop.csv", place + 5, column)
    assert (None if pd.isna(refusal["value"]) else refusal["value"]) == value
    assert refusal["reason"].startswith(reason)
    assert refusal["remedy"]


def test_good_rows_stand_beside_bad_ones_below_the_share(bad_batch):
    delivery, verdict = bad_batch
    assert verdict.accepted.tolist() == [True] * 3 + [False] * len(BAD)
    assert accepted(delivery.rows[verdict.accepted])["user_id"].tolist() == ["ok0", "ok1", "ok2"]
    assert verdict.passed and verdict.files[0].passed
    assert not verdict.clean
    assert len(verdict.refusals) == len(BAD)


def test_the_document_is_json_and_counts_what_failed(bad_batch):
    _, verdict = bad_batch
    document = json.loads(json.dumps(verdict.document(), allow_nan=False))
    assert document["gate"] == "interactions"
    assert document["counts"] == {
        "rows": 3 + len(BAD),
        "accepted": 3,
        "duplicates": 0,
        "refused": len(BAD),
        "refused_share": len(BAD) / (3 + len(BAD)),
    }
    assert document["thresholds"] == {**LENIENT.model_dump(), "as_of": AS_OF, "days": 1}
    assert sum(document["reasons"].values()) == len(BAD)
    (file,) = document["files"]
    assert file == {
        **{"file": "drop.csv", "rows": 3 + len(BAD), "accepted": 3, "duplicates": 0, "refused": len(BAD)},
        **{"passed": True, "headline": verdict.files[0].headline},
    }
    failed = {(e["expectation"], e["column"]): e for e in document["expectations"] if not e["success"]}
    assert failed["ExpectColumnValuesToBeNull", "fault"]["unexpected"] == 2
    assert {e["severity"] for e in document["expectations"]} == {"critical", "warning"}


def test_the_headline_names_file_line_column_value_and_remedy(tmp_path, bad_batch):
    verdict = judged(delivered(tmp_path, drop=[f"u,i,{NOW},1", "u,i,-7,1"]), params=LENIENT)
    assert verdict.headline() == (
        "1 rows accepted, 1 rows refused; "
        "drop.csv, line 3, timestamp: '-7' is negative; write UTC seconds since 1970"
    )
    missing = judged(delivered(tmp_path, drop=[f",i,{NOW},1"]))
    assert "drop.csv, line 2, user_id: is missing;" in missing.headline()
    more = bad_batch[1].headline()
    assert more.endswith(f"(and {len(BAD) - 1} more rows refused)")
    assert "\n" not in more


def test_duplicates_are_dropped_and_never_refused(tmp_path):
    again = [f"u,i,{NOW},1", f"u,i,{NOW},2", f"u,j,{NOW},2"]
    verdict = judged(delivered(tmp_path, a=again, b=[f"u,i,{NOW},3", f"w,i,{NOW},3"]))
    assert verdict.accepted.tolist() == [True, False, True, False, True]
    assert counts(verdict) == {"rows": 5, "accepted": 3, "duplicates": 2, "refused": 0}
    assert [file.duplicates for file in verdict.files] == [1, 1]
    assert verdict.clean
    assert not len(verdict.refusals)
    assert verdict.headline() == "3 rows accepted, 2 duplicates dropped, none refused"


def test_a_file_that_was_accepted_before_adds_nothing_under_any_name(tmp_path):
    lines = [f"u,i,{NOW + k},1" for k in range(3)]
    first = delivered(tmp_path, monday=lines)
    known = accepted(first.rows)
    for name in ("monday", "copy"):
        verdict = judged(delivered(tmp_path, **{name: lines}), known=known)
        assert not verdict.accepted.any()
        assert verdict.clean
        assert counts(verdict) == {"rows": 3, "accepted": 0, "duplicates": 3, "refused": 0}
    assert judged(first, known=known[:0]).accepted.all()
    assert judged(delivered(tmp_path, monday=lines, copy=lines)).count("accepted") == 3


def test_a_refused_row_does_not_stand_in_the_way_of_its_correction(tmp_path):
    verdict = judged(delivered(tmp_path, drop=[f"u,i,{NOW},99", f"u,i,{NOW},5"]), params=LENIENT)
    assert verdict.accepted.tolist() == [False, True]


def test_a_row_of_a_refused_file_does_not_stand_in_the_way_of_a_good_file(tmp_path):
    verdict = judged(delivered(tmp_path, a=[f"u,i,{NOW},1", "u,i,x,1"], b=[f"u,i,{NOW},1"]))
    assert verdict.accepted.tolist() == [False, False, True]
    assert counts(verdict) == {"rows": 3, "accepted": 1, "duplicates": 0, "refused": 2}


def test_files_are_refused_one_by_one_by_their_own_share(tmp_path):
    half = [f"u,i,{NOW},1", "u,i,-1,1"]
    third = [f"v,i,{NOW},1", f"v,j,{NOW},1", "u,l,-1,1"]
    clean = [f"w,i,{NOW},1"]
    delivery = delivered(tmp_path, half=half, third=third, clean=clean)
    for bound, passed in ((0.0, "clean"), (0.33, "clean"), (0.34, "clean third"), (0.5, "clean half third")):
        verdict = judged(delivery, params=InteractionGateParams(max_refused_share=bound))
        assert verdict.passed
        assert " ".join(file.file.removesuffix(".csv") for file in verdict.files if file.passed) == passed
        assert set(verdict.reasons.files) == {file.file for file in verdict.files if not file.passed}
        assert verdict.count("rows") == 6
        assert verdict.count("accepted") + verdict.count("refused") == 6
        assert sum(verdict.document()["reasons"].values()) == verdict.count("refused")


def test_a_refused_file_has_a_line_of_its_own_among_the_refusals(tmp_path):
    (tmp_path / "broken.csv").write_text("user_id,when\nu,5\n")
    delivered(tmp_path, bad=[f"u,i,{NOW},1", "u,i,-1,1"])
    verdict = judged(read_delivery([tmp_path / "bad.csv", tmp_path / "broken.csv"], RATED))
    refusals = verdict.refusals.astype(object).where(verdict.refusals.notna(), None)
    assert refusals[["file", "line", "column", "value"]].to_numpy().tolist() == [
        ["bad.csv", None, "refused_share", "0.5"],
        ["bad.csv", 3, "timestamp", "-1"],
        ["broken.csv", None, None, None],
    ]
    assert "no column 'item_id', found: user_id, when" in refusals["reason"][2]
    assert refusals["remedy"].notna().all()


def test_a_night_may_go_on_without_any_file(tmp_path):
    (tmp_path / "empty.csv").touch()
    (tmp_path / "what.xyz").write_text("?")
    (tmp_path / "zeros.csv").write_bytes(b"\0" * 9)
    names = ("empty.csv", "what.xyz", "zeros.csv")
    verdict = judged(read_delivery([tmp_path / name for name in names], RATED), recent=RECENT)
    assert verdict.passed
    assert counts(verdict) == {"rows": 0, "accepted": 0, "duplicates": 0, "refused": 0}
    assert [file.passed for file in verdict.files] == [False] * 3
    assert verdict.headline() == (
        "0 rows accepted, 3 of 3 files refused; "
        "empty.csv is empty: remove it, or write one interaction per line (and 2 more files)"
    )
    assert str(tmp_path) not in json.dumps(verdict.document(), allow_nan=False)


def test_without_a_delivery_nothing_is_amiss_unless_rows_are_needed():
    nothing = read_delivery([], RATED)
    verdict = judged(nothing)
    assert verdict.clean
    assert verdict.headline() == "nothing was delivered"
    assert verdict.document()["counts"]["refused_share"] == 0
    few = judged(nothing, params=InteractionGateParams(min_rows=1))
    assert not few.passed
    assert few.headline().startswith("accepted = 0 lies below 1, the rows that this run needs; send more")


def test_too_few_rows_refuse_everything(tmp_path):
    delivery = delivered(tmp_path, a=[f"u,i,{NOW},1"], b=[f"u,i,{NOW},1", f"u,j,{NOW},1"])
    assert judged(delivery, params=InteractionGateParams(min_rows=2)).accepted.sum() == 2
    verdict = judged(delivery, params=InteractionGateParams(min_rows=3))
    assert not verdict.passed
    assert not verdict.accepted.any()
    assert counts(verdict) == {"rows": 3, "accepted": 0, "duplicates": 1, "refused": 2}
    assert set(verdict.reasons.files) == {"a.csv", "b.csv"}
    assert verdict.reasons.delivery == verdict.fault


@pytest.mark.parametrize(
    ("rows", "days", "passed"), [(8, 1, True), (9, 1, False), (9, 2, True), (17, 2, False)]
)
def test_a_flood_refuses_the_delivery(tmp_path, rows, days, passed):
    delivery = delivered(tmp_path, drop=[f"u,i,{NOW - k},1" for k in range(rows)])
    params = InteractionGateParams(max_volume_ratio=2.0)
    verdict = judged(delivery, recent=RECENT, params=params, days=days)
    assert verdict.passed is passed
    assert verdict.accepted.all() == verdict.accepted.any() == passed
    assert verdict.measured["volume_ratio"] == rows / days / 4
    assert judged(delivery, params=params, days=days).passed  # nothing to compare with
    if not passed:
        line = f"volume_ratio = {rows / days / 4:.4g} exceeds gates.interactions.max_volume_ratio = 2"
        assert verdict.headline().startswith(line)
        assert "last 28 days" in verdict.headline()


def test_duplicates_do_not_count_as_volume(tmp_path):
    delivery = delivered(tmp_path, drop=[f"u,i,{NOW},{k % 9}" for k in range(50)])
    verdict = judged(delivery, recent=RECENT, params=InteractionGateParams(max_volume_ratio=1.0))
    assert verdict.passed
    assert verdict.measured["volume_ratio"] == 0.25
    assert verdict.measured["duplicate_share"] == 0.98


LOUD = {
    "volume_ratio": ({"warn_volume_ratio": 0.51}, {"warn_volume_ratio": 0.5}),
    "duplicate_share": ({"warn_duplicate_share": 0.3}, {"warn_duplicate_share": 0.34}),
    "unseen_user_share": ({"warn_unseen_user_share": 0.4}, {"warn_unseen_user_share": 0.5}),
    "unseen_item_share": ({"warn_unseen_item_share": 0.99}, {"warn_unseen_item_share": 1.0}),
}


@pytest.mark.parametrize("column", LOUD)
def test_a_warning_is_one_line_and_refuses_nothing(tmp_path, column):
    quiet = {"warn_volume_ratio": 0.0, "warn_duplicate_share": 1.0}
    quiet |= {"warn_unseen_user_share": 1.0, "warn_unseen_item_share": 1.0}
    # of two users one is unseen, of two items both
    lines = [f"u,j,{NOW},1", f"x,k,{NOW},1", f"u,j,{NOW},1"]
    delivery = delivered(tmp_path, drop=lines)
    loud, silent = (InteractionGateParams(**{**quiet, **change}) for change in LOUD[column])
    verdict = judged(delivery, recent=RECENT, params=loud)
    (line,) = verdict.warnings
    assert line.startswith(f"{column} = ") and next(iter(LOUD[column][0])) in line
    assert verdict.passed and verdict.accepted.sum() == 2
    assert not judged(delivery, recent=RECENT, params=silent).warnings


def test_judging_changes_nothing_and_the_order_of_files_given_does_not_matter(tmp_path):
    files = {name: [f"{name}{k},i,{NOW - k if k % 3 else -k},1" for k in range(1, 9)] for name in "cab"}
    delivery = delivered(tmp_path, **files)
    before = delivery.rows.copy(deep=True)
    verdict = judged(delivery, params=LENIENT)
    pd.testing.assert_frame_equal(delivery.rows, before)
    other = judged(read_delivery([tmp_path / f"{name}.csv" for name in "bca"], RATED), params=LENIENT)
    np.testing.assert_array_equal(other.accepted, verdict.accepted)
    assert other.document() == verdict.document()


def test_a_wrong_bound_is_named(tmp_path):
    with pytest.raises(UsageError, match="'1990' is not a date"):
        judged(delivered(tmp_path, drop=[f"u,i,{NOW},1"]), params=InteractionGateParams(earliest="1990"))


def test_importing_the_gate_leaves_great_expectations_alone():
    code = (
        "import sys, raie.gates.interactions.gate, raie.gates.interactions.verdict; "
        "sys.exit('great_expectations' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], env=dict(os.environ), check=False).returncode == 0
