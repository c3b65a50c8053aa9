"""Yelp's reviews as published, and what may be wrong with a line."""

import json

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from raie.interactions import jsonlines
from raie.interactions.readers import read_staged
from raie.params import Columns, DataParams

YELP = DataParams(source="yelp", path="-")
KEYED = DataParams(source="table", path="-", columns=Columns(rating="rating"))
REVIEW = {
    "review_id": "r1",
    "user_id": "mh_-eMZ6K5RLWhZyISBhwA",
    "business_id": "XQfwVwDr-v0ZS3_CbbE5Xw",
    "stars": 3.0,
    "useful": 0,
    "text": 'two\nlines, "quotes" and \u2603',
    "date": "2018-07-07 22:09:11",
}
"""The form of a line of yelp_academic_dataset_review.json, with invented values."""


def staged_of(folder, lines, data=KEYED):
    path = folder / "some.json"
    path.write_bytes(
        b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
    )
    return read_staged(path, data)


def test_a_review_is_an_interaction(tmp_path):
    (row,) = staged_of(tmp_path, [REVIEW], YELP).itertuples()
    assert (row.user_id, row.item_id) == (REVIEW["user_id"], REVIEW["business_id"])
    assert (row.timestamp, row.rating) == (1_531_001_351, 3.0)
    assert pd.isna(row.fault)


DATES = {
    "2018-07-07 22:09:11": 1_531_001_351,
    "2018-07-07T22:09:11Z": 1_531_001_351,
    "2018-07-08T00:09:11+02:00": 1_531_001_351,
    "2018-07-07 22:09:11.9": 1_531_001_351,
    "2018-07-07": 1_530_921_600,
    "1969-12-31 23:59:59": -1,
    "-5": -5,
    "12": 12,
}


@pytest.mark.parametrize("text", DATES)
def test_dates_are_utc(tmp_path, text):
    staged = staged_of(tmp_path, [{"user_id": "u", "item_id": "i", "timestamp": text}])
    assert staged["timestamp"].tolist() == [DATES[text]]


FAULTS = {
    "no JSON": (b"{", "is no JSON object"),
    "a list": (b"[1]", "is no JSON object"),
    "blank": (b"  ", "is no JSON object"),
    "deep": (b"[" * 100_000, "is no JSON object"),
    "no text": (b"\xff\xfe", "is no JSON object"),
    "a long line": (b'{"user_id": "' + b"x" * jsonlines.MAX_LINE + b'"}', "is longer than"),
    "an object": ({"user_id": {}, "item_id": "i", "timestamp": 1}, "user_id: .* is no single value"),
    "a truth": ({"user_id": "u", "item_id": True, "timestamp": 1}, "item_id: .* is no single value"),
    "no date": ({"user_id": "u", "item_id": "i", "timestamp": "2018-13-01"}, "timestamp: .* is not a number"),
    "no number": ({"user_id": "u", "item_id": "i", "timestamp": float("nan")}, None),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_faulty_line_is_one_row_with_a_reason(tmp_path, name):
    line, reason = FAULTS[name]
    sound = {"user_id": "u", "item_id": "i", "timestamp": 5}
    staged = staged_of(tmp_path, [sound, line, sound])
    assert staged["line"].tolist() == [1, 2, 3]
    assert staged["timestamp"].dropna().tolist() == [5, 5]
    if reason:
        assert staged["fault"].isna().tolist() == [True, False, True]
        assert pd.Series([staged["fault"][1]]).str.contains(reason).all()


@given(st.lists(st.binary(max_size=60).filter(lambda line: b"\n" not in line), min_size=1, max_size=20))
def test_no_line_stops_the_reader(tmp_path_factory, lines):
    lines = [*lines, b'{"user_id": "u"}']
    staged = staged_of(tmp_path_factory.mktemp("lines"), lines)
    assert len(staged) == len(lines)


def test_chunks_do_not_matter(tmp_path, monkeypatch):
    lines = [{"user_id": f"u{n}", "item_id": "i", "timestamp": n} for n in range(10)]
    whole = staged_of(tmp_path, lines)
    monkeypatch.setattr(jsonlines, "CHUNK", 3)
    pd.testing.assert_frame_equal(staged_of(tmp_path, lines), whole)
