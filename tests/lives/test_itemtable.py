"""The table of items: every format reads the same, and what is wrong with one is named in one line."""

import pandas as pd
import pytest

from raie.exceptions import MissingError, UsageError
from raie.lives.itemtable import Items, read_items
from raie.params import ITEMS_FILE, ItemParams

TABLE = pd.DataFrame(
    {
        "item_id": ["01", "2", "3", "2"],
        "title": ["Drama 1", "  Two\nlines ", None, "again"],
        "genres": ["Drama|War", "War| |War", None, "Crime"],
    }
)
EXPECTED = Items(titles={"01": "Drama 1", "2": "Two lines"}, genres={"01": ("Drama", "War"), "2": ("War",)})


def write(root, name, table=TABLE):
    path = root / name
    path.parent.mkdir(exist_ok=True)
    if path.suffix == ".parquet":
        table.to_parquet(path, index=False)
    else:
        table.to_csv(path, sep="\t" if path.suffix == ".tsv" else ",", index=False)
    return path


@pytest.mark.parametrize("name", ["items.csv", "items.tsv", "items.parquet"])
def test_every_format_reads_the_same(tmp_path, name):
    write(tmp_path, name)
    items = read_items(tmp_path, ItemParams(path=name, genres="genres"))
    assert items == EXPECTED
    assert [items.title(item) for item in ("01", "3", "nobody")] == ["Drama 1", "3", "nobody"]


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8"])
def test_movielens_names_no_columns(tmp_path, encoding):
    text = "1::Amélie (2001)::Comedy|Romance\n2::Heat: a::b::Crime\n"
    (tmp_path / "movies.dat").write_bytes(text.encode(encoding))
    items = read_items(tmp_path, ItemParams(path="movies.dat", item_id="other"))
    assert items.titles == {"1": "Amélie (2001)", "2": "Heat: a::b"}
    assert items.genres == {"1": ("Comedy", "Romance"), "2": ("Crime",)}


def test_whole_numbers_in_parquet_are_ids(tmp_path):
    write(tmp_path, "items.parquet", pd.DataFrame({"movie": [7], "name": ["Seven"]}))
    items = read_items(tmp_path, ItemParams(path="items.parquet", item_id="movie", title="name"))
    assert items == Items(titles={"7": "Seven"})


def test_the_default_table_may_be_missing_and_a_named_one_may_not(tmp_path):
    assert read_items(tmp_path, ItemParams()) == Items()
    write(tmp_path, str(ITEMS_FILE))
    assert read_items(tmp_path, ItemParams()) == EXPECTED
    with pytest.raises(MissingError, match=r"other\.csv does not exist: correct the path"):
        read_items(tmp_path, ItemParams(path="other.csv"))


def test_what_a_terminal_would_act_upon_is_left_out(tmp_path):
    write(tmp_path, "items.csv", pd.DataFrame({"item_id": ["1"], "title": ["\x1b[31mred"]}))
    assert read_items(tmp_path, ItemParams(path="items.csv")).titles == {"1": "[31mred"}


@pytest.mark.parametrize("key", ["item_id", "title", "genres"])
def test_a_missing_column_is_named(tmp_path, key):
    write(tmp_path, "items.csv")
    with pytest.raises(UsageError, match=f"no column 'nope', found item_id, title, genres: set items.{key}"):
        read_items(tmp_path, ItemParams.model_validate({"path": "items.csv", key: "nope"}))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("items.csv", b""),
        ("items.csv", bytes(range(256))),
        ("items.csv", b'item_id,title\n1,"open\n'),
        ("items.csv", b"item_id,title\n1,\xff\xfe\n"),
        ("items.parquet", b"no parquet"),
        ("movies.dat", b"1::only\n"),
        ("items.xlsx", b"x"),
    ],
)
def test_what_cannot_be_read_is_one_line(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match=name) as refused:
        read_items(tmp_path, ItemParams(path=name))
    assert "\n" not in str(refused.value)
    assert str(refused.value).endswith(": set items.path, give a CSV with item_id,title")
