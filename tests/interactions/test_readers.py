import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raie.exceptions import RefusedError, UsageError
from raie.interactions.faults import Fault
from raie.interactions.readers import STAGED, read_staged
from raie.interactions.table import accepted
from raie.params import Columns, DataParams

TABLE = DataParams(source="table", path="-")
RATED = DataParams(source="table", path="-", columns=Columns(rating="rating"))
PLACES = DataParams(
    source="table", path="-", columns=Columns(user_id=0, item_id=1, timestamp=2), header=False
)


def written(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def as_parquet(path, table):
    pq.write_table(pa.table(table) if isinstance(table, dict) else table, path)
    return path


def rows(staged):
    return [
        tuple(None if pd.isna(value) else value for value in row)
        for row in staged[["user_id", "item_id", "timestamp", "rating"]].itertuples(index=False)
    ]


SAME = [("u1", "i1", 10, 4.0), ("u2", "i2", 20, 3.5)]
FILES = {
    "ratings.dat": (b"u1::i1::4::10\nu2::i2::3.5::20\n", TABLE),
    "table.csv": (b"timestamp,user_id,rating,item_id\r\n10,u1,4,i1\r\n20.0,u2,3.5,i2\r\n", RATED),
    "quoted.csv": (b'"user_id","item_id","timestamp","rating"\n"u1","i1",10,4\nu2,i2,20,3.5\n', RATED),
    "bom.csv": (b"\xef\xbb\xbfuser_id,item_id,timestamp,rating\nu1,i1,10,4\nu2, i2 ,20,3.5\n\n", RATED),
    "table.tsv": (b"user_id\titem_id\ttimestamp\trating\nu1\ti1\t1e1\t4\nu2\ti2\t20\t3.5", RATED),
    "table.json": (
        b'{"rating": 4, "user_id": "u1", "x": [], "item_id": "i1", "timestamp": "1970-01-01 00:00:10"}\n'
        b'{"user_id": "u2", "item_id": " i2", "timestamp": 20, "rating": "3.5"}\n',
        RATED,
    ),
    "bare.txt": (
        b"u1\ti1\t10\t4\nu2\ti2\t20\t3.5\n",
        DataParams(
            source="table",
            path="-",
            header=False,
            columns=Columns(user_id=0, item_id=1, timestamp=2, rating=3),
        ),
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_every_text_reader_gives_the_same_table(tmp_path, name):
    content, data = FILES[name]
    staged = read_staged(written(tmp_path, name, content), data)
    assert tuple(staged.columns) == STAGED
    assert rows(staged) == SAME
    first = 2 if data.header and not name.endswith((".dat", ".json")) else 1
    assert staged["line"].tolist() == [first, first + 1]
    assert staged["file"].tolist() == [name, name]
    assert staged["fault"].isna().all()
    assert {k: str(v) for k, v in staged.dtypes.items()} == {
        "user_id": "str",
        "item_id": "str",
        "timestamp": "Int64",
        "rating": "Float64",
        "file": "str",
        "line": "int64",
        "fault": "str",
    }


@pytest.mark.parametrize("data", [TABLE, RATED, PLACES])
def test_parquet_in_our_own_format_is_read_whatever_the_params_say(tmp_path, data):
    table = {
        "user_id": ["u1", "u2"],
        "item_id": ["i1", "i2"],
        "timestamp": [10, 20],
        "rating": [4.0, 3.5],
    }
    staged = read_staged(as_parquet(tmp_path / "drop.parquet", table), data)
    assert rows(staged) == SAME
    assert staged["line"].tolist() == [1, 2]


def test_parquet_with_named_columns_of_many_types(tmp_path):
    table = pa.table(
        {
            "who": pa.array([12.0, None, 3.5]),
            "what": pa.array(["a", "b", "a"]).dictionary_encode(),
            "when": pa.array([1_500, 2_999, -1], pa.timestamp("ms")),
        }
    )
    data = DataParams(
        source="table", path="-", columns=Columns(user_id="who", item_id="what", timestamp="when")
    )
    staged = read_staged(as_parquet(tmp_path / "t.parquet", table), data)
    assert rows(staged) == [("12", "a", 1, None), (None, "b", 2, None), (None, "a", -1, None)]
    assert staged["fault"][2] == ("user_id: '3.5' is not a whole number; write ids as text or whole numbers")


def test_parquet_keeps_large_integer_ids_and_nulls(tmp_path):
    table = {"user_id": [2**62 + 1, None], "item_id": [1, 2], "timestamp": [5, None], "rating": [None, 1]}
    staged = read_staged(as_parquet(tmp_path / "t.parquet", table), TABLE)
    assert rows(staged) == [(str(2**62 + 1), "1", 5, None), (None, "2", None, 1.0)]
    assert staged["fault"].isna().all()


def test_whole_floats_are_ids_only_where_the_whole_column_is_so(tmp_path):
    header = "user_id,item_id,timestamp\n"
    floats = read_staged(written(tmp_path, "a.csv", header + "12.0,1.0,1\n,1.5,1\n3.0,2.0,1\n"), TABLE)
    assert floats["user_id"].fillna("-").tolist() == ["12", "-", "3"]
    assert floats["item_id"].tolist() == ["1.0", "1.5", "2.0"]


BAD = [
    ("u1,i1", "line", "u1,i1", "holds 2 fields instead of 4"),
    ("u1,i1,1,2,3", "line", "u1,i1,1,2,3", "holds 5 fields instead of 4"),
    ("", "line", "", "is blank"),
    ('u1,"i1,1,2', "line", 'u1,"i1,1,2', "has an unclosed quote"),
    ("u1,i1,abc,2", "timestamp", "abc", "is not a number"),
    ("u1,i1,0x10,2", "timestamp", "0x10", "is not a number"),
    ("u1,i1,1_000,2", "timestamp", "1_000", "is not a number"),
    ("u1,i1,2024-01-01,2", "timestamp", "2024-01-01", "is not a number"),
    ("u1,i1,1.5,2", "timestamp", "1.5", "is not a whole number"),
    ("u1,i1,1e300,2", "timestamp", "1e300", "is out of range"),
    ("u1,i1,1,good", "rating", "good", "is not a number"),
    ("u1,i1,1,inf", "rating", "inf", "is not a number"),
    ("u1,i1,1,1e999", "rating", "1e999", "is not finite"),
]


@pytest.mark.parametrize(("line", "column", "value", "reason"), BAD)
def test_a_malformed_line_becomes_one_row_with_a_fault(tmp_path, line, column, value, reason):
    content = f"user_id,item_id,timestamp,rating\nu1,i1,1,2\n{line}\nu2,i2,2,\n"
    staged = read_staged(written(tmp_path, "t.csv", content), RATED)
    assert staged["line"].tolist() == [2, 3, 4]
    assert staged["fault"].isna().tolist() == [True, False, True]
    fault = Fault.parse(staged["fault"][1])
    assert (fault.column, fault.value, fault.reason) == (column, value, reason)
    assert fault.remedy
    with pytest.raises(RefusedError, match=r"^t\.csv, line 3, "):
        accepted(staged)


def test_missing_values_are_missing_and_not_faults(tmp_path):
    content = "user_id,item_id,timestamp,rating\n,i,1,\nu,NULL,1,nan\nu,i,,5\n"
    staged = read_staged(written(tmp_path, "t.csv", content), RATED)
    assert rows(staged) == [(None, "i", 1, None), ("u", None, 1, None), ("u", "i", None, 5.0)]
    assert staged["fault"].isna().all()
    with pytest.raises(RefusedError, match=r"line 2, user_id: '' is missing; .* \(2 more such rows\)"):
        accepted(staged)


WHOLE = {
    "t.xml": (b"<a/>", TABLE, "unknown file type '.xml'"),
    "t.json": (b"", TABLE, "is empty"),
    "t.jsonl": (b"{}", PLACES, "JSON objects, which have no position 0"),
    "t": (b"x", TABLE, "unknown file type ''"),
    "empty.csv": (b"", TABLE, "is empty"),
    "blank.dat": (b"\n\n", TABLE, "is empty"),
    "header.csv": (b"user_id,item_id,timestamp\n", TABLE, "empty after its header"),
    "binary.csv": (b"\xff\xfe\x00\x01", TABLE, "neither UTF-8 nor Latin-1"),
    "column.csv": (b"user_id,thing,timestamp\n1,2,3\n", TABLE, "no column 'item_id', found: user_id, thing"),
    "twice.csv": (b"user_id,item_id,item_id,timestamp\n1,2,3,4\n", TABLE, "more than one column 'item_id'"),
    "narrow.tsv": (b"1\t2\n3\t4\n", PLACES, "no column at position 2"),
    "named.tsv": (
        b"1\t2\t3\n",
        DataParams(source="table", path="-", header=False),
        "column 'user_id' cannot be found by name",
    ),
    "broken.parquet": (b"PAR1 nothing", TABLE, "not readable Parquet"),
}


@pytest.mark.parametrize("name", WHOLE)
def test_a_file_that_cannot_be_used_is_a_usage_error_in_one_line(tmp_path, name):
    content, data, words = WHOLE[name]
    with pytest.raises(UsageError) as caught:
        read_staged(written(tmp_path, name, content), data)
    message = str(caught.value)
    assert words in message
    assert name in message
    assert "\n" not in message


def test_parquet_that_cannot_be_used(tmp_path):
    empty = as_parquet(tmp_path / "empty.parquet", pa.table({"user_id": pa.array([], pa.string())}))
    with pytest.raises(UsageError, match="is empty"):
        read_staged(empty, TABLE)
    lists = {"user_id": [["a"]], "item_id": ["b"], "timestamp": [1]}
    with pytest.raises(UsageError, match="column 'user_id' holds list"):
        read_staged(as_parquet(tmp_path / "lists.parquet", lists), TABLE)
    with pytest.raises(UsageError, match="no column 'timestamp', found: user_id, item_id"):
        read_staged(as_parquet(tmp_path / "lacks.parquet", {"user_id": ["a"], "item_id": ["b"]}), TABLE)
    with pytest.raises(UsageError, match="does not exist"):
        read_staged(tmp_path / "none.csv", TABLE)


def test_parquet_text_of_every_kind_is_read_and_must_be_utf_8(tmp_path):
    others = {"item_id": pa.array(["a", "b"]), "timestamp": pa.array([1, 2])}
    for kind in (pa.string(), pa.large_string(), pa.string_view()):
        table = pa.table({"user_id": pa.array(["u", "v"], kind), **others})
        assert read_staged(as_parquet(tmp_path / "t.parquet", table), TABLE)["user_id"].tolist() == ["u", "v"]
    offsets = pa.py_buffer(np.array([0, 1, 2], dtype=np.int32).tobytes())
    broken = pa.StringArray.from_buffers(2, offsets, pa.py_buffer(b"\xff\xfe"))
    with pytest.raises(UsageError, match=r"not readable Parquet \(.*UTF8"):
        read_staged(as_parquet(tmp_path / "t.parquet", pa.table({"user_id": broken, **others})), TABLE)


def test_dates_of_any_century_become_seconds(tmp_path):
    dates = pa.array([-1, 0, 2_932_896], pa.int32()).cast(pa.date32())  # the last is 9999-12-31
    table = pa.table({"user_id": ["u"] * 3, "item_id": ["i"] * 3, "timestamp": dates})
    staged = read_staged(as_parquet(tmp_path / "t.parquet", table), TABLE)
    assert staged["timestamp"].tolist() == [-86_400, 0, 2_932_896 * 86_400]


@settings(deadline=None)  # it touches the disk
@given(st.data())
def test_damaged_parquet_is_read_or_refused(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("damaged") / "t.parquet"
    table = pa.table({"user_id": ["u", "v"] * 9, "item_id": ["i"] * 18, "timestamp": list(range(18))})
    as_parquet(path, table)
    content = bytearray(path.read_bytes())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4)):
        content[place] = data.draw(st.integers(0, 255))
    path.write_bytes(
        content[: data.draw(st.integers(0, len(content)))] if data.draw(st.booleans()) else content
    )
    try:
        staged = read_staged(path, TABLE)
    except UsageError as error:
        assert "\n" not in str(error)
    else:
        assert tuple(staged.columns) == STAGED


def test_latin_1_is_read(tmp_path):
    staged = read_staged(written(tmp_path, "r.dat", "Zoë::é::5::1\n".encode("latin-1")), TABLE)
    assert rows(staged) == [("Zoë", "é", 1, 5.0)]


@given(st.text(), st.text(alphabet=st.characters(exclude_characters=";"), min_size=1), st.text(min_size=1))
def test_a_fault_reads_back(value, reason, remedy):
    short, reason, remedy = value[:80], " ".join(reason.split()) or "x", " ".join(remedy.split()) or "x"
    assert Fault.parse(str(Fault("rating", short, reason, remedy))) == Fault("rating", short, reason, remedy)


@settings(deadline=None)  # it touches the disk
@given(st.lists(st.binary(max_size=30), min_size=1, max_size=8))
def test_no_line_is_lost_and_nothing_but_usage_errors_is_raised(tmp_path_factory, lines):
    path = tmp_path_factory.mktemp("lines") / "t.dat"
    path.write_bytes(b"\n".join(lines))
    try:
        staged = read_staged(path, TABLE)
    except UsageError:
        return
    kept = b"\n".join(lines).decode("latin-1").rstrip("\r\n").split("\n")
    assert len(staged) == len(kept)
    np.testing.assert_array_equal(staged["line"], np.arange(1, len(kept) + 1))
