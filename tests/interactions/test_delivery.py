"""A delivery: files in the order of their names, the unreadable ones apart."""

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from raie.interactions.delivery import read_delivery
from raie.interactions.readers import STAGED, read_staged
from raie.params import DataParams

TABLE = DataParams(source="table", path="-")
HEADER = "user_id,item_id,timestamp\n"


def written(folder, **files):
    for name, content in files.items():
        (folder / f"{name}.csv").write_text(content)
    return [folder / f"{name}.csv" for name in files]


def test_rows_arrive_in_the_order_of_the_names_whatever_order_is_given(tmp_path):
    paths = written(tmp_path, b=HEADER + "u,1,5\nu,2,4\n", a=HEADER + "u,3,9\n", c="")
    for given_order in (paths, paths[::-1]):
        delivery = read_delivery(given_order, TABLE)
        assert delivery.files == ("a.csv", "b.csv", "c.csv")
        assert delivery.rows["item_id"].tolist() == ["3", "1", "2"]
        assert delivery.rows["line"].tolist() == [2, 2, 3]
        assert delivery.rows.index.tolist() == [0, 1, 2]


def test_a_file_that_cannot_be_read_is_named_without_its_folder(tmp_path):
    delivery = read_delivery(written(tmp_path, bad="user_id\n1\n", good=HEADER + "u,1,5\n"), TABLE)
    assert delivery.unreadable == {
        "bad.csv": "bad.csv has no column 'item_id', found: user_id: correct data.columns or the file"
    }
    assert delivery.rows["file"].tolist() == ["good.csv"]


def test_without_rows_the_columns_are_those_of_any_delivery(tmp_path):
    some = read_staged(*written(tmp_path, a=HEADER + "u,1,5\n"), TABLE)
    for paths in ([], written(tmp_path, empty="")):
        rows = read_delivery(paths, TABLE).rows
        assert tuple(rows.columns) == STAGED
        pd.testing.assert_frame_equal(rows, some[:0])


@settings(deadline=None)  # it touches the disk
@given(st.lists(st.binary(max_size=40), max_size=4))
def test_whatever_is_delivered_every_file_is_read_or_refused(tmp_path_factory, contents):
    folder = tmp_path_factory.mktemp("any")
    paths = [folder / f"{number}.csv" for number in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    delivery = read_delivery(paths, TABLE)
    assert set(delivery.rows["file"]) | set(delivery.unreadable) == {path.name for path in paths}
    assert not set(delivery.rows["file"]) & set(delivery.unreadable)
