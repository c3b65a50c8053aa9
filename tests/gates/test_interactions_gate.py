import json
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from raie.exceptions import UsageError
from raie.gates.interactions import judge_interactions
from raie.interactions.readers import read_staged
from raie.interactions.table import accepted, day_start
from raie.params import Columns, DataParams, GateParams

AS_OF = day_start("2024-01-02")
NOW = AS_OF - 100
RATED = DataParams(source="table", path="-", columns=Columns(rating="rating"))
LENIENT = GateParams(max_refused_share=1.0)


def staged(folder, *lines, name="drop.csv"):
    path = folder / name
    path.write_text("user_id,item_id,timestamp,rating\n" + "".join(f"{line}\n" for line in lines))
    return read_staged(path, RATED)


def judged(table, *, known=None, params=LENIENT, as_of=AS_OF):
    return judge_interactions(table, known=known, as_of=as_of, params=params)


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
    table = staged(tmp_path_factory.mktemp("bad"), *lines, *BAD)
    return table, judged(table)


@pytest.mark.parametrize("place", range(len(BAD)), ids=[want[2] for want in BAD.values()])
def test_each_kind_of_bad_row_is_refused_with_its_reason(bad_batch, place):
    _, verdict = bad_batch
    column, value, reason = list(BAD.values())[place]
    refusal = verdict.refusals.iloc[place]
    assert (refusal["file"], refusal["line"], refusal["column"]) == ("drop.csv", place + 5, column)
    assert (None if pd.isna(refusal["value"]) else refusal["value"]) == value
    assert refusal["reason"].startswith(reason)
    assert refusal["remedy"]


def test_good_rows_stand_beside_bad_ones(bad_batch):
    table, verdict = bad_batch
    assert verdict.accepted.tolist() == [True] * 3 + [False] * len(BAD)
    assert accepted(table[verdict.accepted])["user_id"].tolist() == ["ok0", "ok1", "ok2"]
    assert verdict.passed
    assert len(verdict.refusals) == len(BAD)


def test_the_document_is_json_and_counts_what_failed(bad_batch):
    _, verdict = bad_batch
    document = json.loads(json.dumps(verdict.document(), allow_nan=False))
    assert document["counts"] == {
        "rows": 3 + len(BAD),
        "accepted": 3,
        "refused": len(BAD),
        "refused_share": len(BAD) / (3 + len(BAD)),
    }
    assert document["thresholds"]["as_of"] == AS_OF
    assert sum(document["reasons"].values()) == len(BAD)
    failed = {(e["expectation"], e["column"]) for e in document["expectations"] if not e["success"]}
    assert ("ExpectColumnValuesToBeNull", "fault") in failed
    assert ("ExpectColumnValuesToBeInSet", "known") not in failed


def test_the_headline_names_file_line_column_value_and_remedy(tmp_path, bad_batch):
    table = staged(tmp_path, f"u,i,{NOW},1", "u,i,-7,1")
    headline = judged(table).headline()
    assert headline == "drop.csv, line 3, timestamp: '-7' is negative; write UTC seconds since 1970"
    assert (
        judged(staged(tmp_path, f",i,{NOW},1"))
        .headline()
        .startswith("drop.csv, line 2, user_id: is missing;")
    )
    more = bad_batch[1].headline()
    assert more.endswith(f"(and {len(BAD) - 1} more rows refused)")
    assert "\n" not in more


def test_a_repeated_interaction_is_refused_and_the_first_kept(tmp_path):
    first = staged(tmp_path, f"u,i,{NOW},1", f"u,i,{NOW},2", f"u,j,{NOW},2", name="a.csv")
    second = staged(tmp_path, f"u,i,{NOW},3", name="b.csv")
    verdict = judged(pd.concat([second, first]))
    assert verdict.accepted.tolist() == [True, False, False, True]
    assert verdict.refusals[["file", "line"]].to_numpy().tolist() == [["a.csv", 2], ["a.csv", 3]]
    assert set(verdict.refusals["reason"]) == {"repeats an earlier row"}


def test_a_refused_row_does_not_stand_in_the_way_of_its_correction(tmp_path):
    verdict = judged(staged(tmp_path, f"u,i,{NOW},99", f"u,i,{NOW},5"))
    assert verdict.accepted.tolist() == [False, True]


def test_what_was_accepted_before_is_refused(tmp_path):
    table = staged(tmp_path, f"u,i,{NOW},1", f"u,i,{NOW + 1},1")
    known = accepted(table.iloc[:1])
    verdict = judged(table, known=known)
    assert verdict.accepted.tolist() == [False, True]
    assert verdict.refusals["reason"].tolist() == ["was accepted before"]
    assert judged(table, known=known.iloc[:0]).accepted.all()


def test_shares_and_counts_decide_on_the_batch(tmp_path):
    table = staged(tmp_path, f"u,i,{NOW},1", f"u,j,{NOW},", f"u,k,{NOW},3", "u,l,-1,1")
    assert not judged(table, params=GateParams()).passed
    assert not judged(table, params=GateParams(max_refused_share=0.24)).passed
    assert judged(table, params=GateParams(max_refused_share=0.25)).passed
    few = judged(table[:3], params=GateParams(min_rows=4))
    assert few.accepted.all()
    assert not few.passed
    assert few.headline() == "3 rows accepted, gates.min_rows = 4: send more or lower it"
    assert judged(table[:3]).headline() == "3 rows accepted, none refused"


def test_an_empty_batch_and_one_without_a_sound_row_do_not_pass(tmp_path):
    table = staged(tmp_path, ",,,")
    for batch in (table, table[:0]):
        verdict = judged(batch)
        assert not verdict.passed
        assert not verdict.accepted.any()
        json.dumps(verdict.document(), allow_nan=False)


def test_judging_changes_nothing_and_order_does_not_matter(tmp_path):
    lines = [f"u{k},i,{NOW - k if k % 3 else -k},1" for k in range(1, 12)]
    table = staged(tmp_path, *lines)
    before = table.copy(deep=True)
    forward = judged(table)
    pd.testing.assert_frame_equal(table, before)
    backward = judged(table[::-1])
    np.testing.assert_array_equal(backward.accepted[::-1], forward.accepted)
    pd.testing.assert_frame_equal(backward.refusals, forward.refusals)


def test_a_wrong_bound_is_named(tmp_path):
    with pytest.raises(UsageError, match="'1990' is not a date"):
        judged(staged(tmp_path, f"u,i,{NOW},1"), params=GateParams(earliest="1990"))


def test_importing_the_gate_leaves_great_expectations_alone():
    code = (
        "import sys, raie.gates.interactions, raie.gates.verdict; "
        "sys.exit('great_expectations' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], env=dict(os.environ), check=False).returncode == 0
