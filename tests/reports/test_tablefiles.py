"""Tables as files: what is read back is what was written, and a failure leaves what was there."""

import json

import pandas as pd
import pytest

from raie.exceptions import UsageError
from raie.reports import tablefiles
from raie.reports.tablefiles import check_target, write_table

ROWS = [
    {"user_id": "u1", "rank": 1, "item_id": 'i\u00fc,"1"\n', "score": 0.1, "fallback": True},
    {"user_id": "u1", "rank": 2, "item_id": "[i2]", "score": -3.25, "fallback": False},
    {"user_id": "u2", "rank": 1, "item_id": "", "score": 2.0, "fallback": False},
]


def read_back(path):
    text = path.read_text(encoding="utf-8") if path.suffix != ".parquet" else ""
    if path.suffix == ".json":
        return json.loads(text)
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in text.splitlines()]
    return pd.read_parquet(path).to_dict("records")


@pytest.mark.parametrize("suffix", [".parquet", ".json", ".jsonl", ".JSON"])
@pytest.mark.parametrize("chunk", [1, 2, 10])
@pytest.mark.parametrize("n", [0, 1, 3])
def test_rows_come_back_as_they_were(tmp_path, monkeypatch, suffix, chunk, n):
    monkeypatch.setattr(tablefiles, "CHUNK", chunk)
    path = tmp_path / f"out{suffix}"
    write_table(pd.DataFrame(ROWS).head(n), path)
    assert read_back(path.rename(path.with_suffix(suffix.lower()))) == ROWS[:n]
    assert len(list(tmp_path.iterdir())) == 1


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "out.json"
    write_table(pd.DataFrame(ROWS), path)
    before = path.read_bytes()
    with pytest.raises(TypeError):
        write_table(pd.DataFrame({"a": [1, object()]}), path)
    monkeypatch.setitem(tablefiles.WRITERS, ".json", full_disk)
    with pytest.raises(UsageError, match=r"out\.json cannot be written \(No space left on device\)"):
        write_table(pd.DataFrame(ROWS), path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["out.json"]


def full_disk(table, path):
    path.write_text("[")
    raise OSError(28, "No space left on device")


def test_a_new_file_replaces_the_old_one_also_behind_a_link(tmp_path):
    write_table(pd.DataFrame(ROWS), tmp_path / "real.jsonl")
    (tmp_path / "link.jsonl").symlink_to("real.jsonl")
    write_table(pd.DataFrame(ROWS[:1]), tmp_path / "link.jsonl")
    assert (tmp_path / "link.jsonl").is_symlink()
    assert read_back(tmp_path / "real.jsonl") == ROWS[:1]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("out.csv", r"unknown file type '\.csv': use one of \.parquet, \.json, \.jsonl"),
        ("out", "unknown file type ''"),
        ("folder.json", "is a folder"),
        ("none/out.json", "does not exist: make it first"),
    ],
)
def test_a_place_that_cannot_be_written_is_refused_beforehand(tmp_path, name, words):
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(UsageError, match=words):
        check_target(tmp_path / name)
    with pytest.raises(UsageError, match=words):
        write_table(pd.DataFrame(ROWS), tmp_path / name)
