"""Files of users, whoever wrote them, and one line for those that cannot be read."""

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from raie.exceptions import UsageError
from raie.reports.userlists import asked_users, read_users

IDS = st.lists(
    st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n\t \ufeff"), min_size=1), min_size=1
)


@given(ids=IDS)
@example(ids=["\x85"])
def test_all_forms_give_the_same_users_once_and_in_order(ids, tmp_path_factory):
    folder, frame = tmp_path_factory.mktemp("users"), pd.DataFrame({"user_id": ids}, dtype="str")
    (folder / "users.txt").write_bytes("\n".join(ids).encode())
    frame.to_csv(folder / "users.csv", index=False)
    frame.to_parquet(folder / "users.parquet")
    for name in ("users.txt", "users.csv", "users.parquet"):
        assert read_users(folder / name) == list(dict.fromkeys(ids)), name


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("windows.txt", b"u1\r\nu2\r\n"),
        ("mark.txt", b"\xef\xbb\xbfu1\nu2"),
        ("blanks.list", b"\n u1 \n\n\tu2\nu1\n\n"),
        ("noextension", b"u1\nu2\n"),
        ("mark.csv", b"\xef\xbb\xbfuser_id,age\r\nu1,3\r\nu2,4\r\n"),
        ("quoted.CSV", b'age, user_id\n3, "u1"\n4,\n5,u2\n6,u1\n'),
    ],
)
def test_what_editors_leave_behind_is_no_part_of_an_id(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    assert read_users(tmp_path / name) == ["u1", "u2"]


def test_numbers_and_categories_in_parquet_are_ids(tmp_path):
    for ids in ([7, 12, 7], pd.Categorical(["7", "12", "7"]), ["7", None, "12"]):
        pd.DataFrame({"user_id": ids}).to_parquet(tmp_path / "users.parquet")
        assert read_users(tmp_path / "users.parquet") == ["7", "12"]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.txt", b"", "empty.txt is empty"),
        ("blank.csv", b" \n\n", "blank.csv is empty"),
        ("header.csv", b"user_id\n", "holds no user ids"),
        ("latin.txt", "ü".encode("latin-1"), "is not UTF-8 text"),
        ("binary.txt", b"u1\0u2", "is not text"),
        ("column.csv", b"user,age\nu1,3\n", "has no column 'user_id', found: user, age"),
        ("twice.csv", b"user_id,user_id\nu1,u2\n", "has more than one column 'user_id'"),
        ("quote.csv", b'user_id\n"u1\n', "is not readable CSV"),
        ("text.parquet", b"u1\n", "is not readable Parquet"),
    ],
)
def test_an_unusable_file_is_one_line(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match=words) as caught:
        read_users(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_parquet_without_the_column_or_with_another_type(tmp_path):
    pd.DataFrame({"user": ["u1"]}).to_parquet(tmp_path / "users.parquet")
    with pytest.raises(UsageError, match="has no column 'user_id', found: user"):
        read_users(tmp_path / "users.parquet")
    pd.DataFrame({"user_id": [1.5]}).to_parquet(tmp_path / "users.parquet")
    with pytest.raises(UsageError, match="column 'user_id' holds double"):
        read_users(tmp_path / "users.parquet")


def test_a_missing_file_and_a_folder(tmp_path):
    for path in (tmp_path / "none.txt", tmp_path):
        with pytest.raises(UsageError, match="does not exist or is not a file"):
            read_users(path)


def test_one_user_a_file_or_everybody(tmp_path):
    (tmp_path / "users.txt").write_text("u1\nu2\n")
    assert asked_users("u1", None) == ["u1"]
    assert asked_users(None, tmp_path / "users.txt") == ["u1", "u2"]
    assert asked_users(None, None) is None
    with pytest.raises(UsageError, match="both given"):
        asked_users("u1", tmp_path / "users.txt")
