"""Digests: equal content gives equal digests, any other byte does not."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raie.snapshots.digests import canonical, document_digest, file_digest, folder_digests, text_digest

ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def test_digests_are_sha_256_of_the_bytes(tmp_path):
    (tmp_path / "file").write_bytes(b"abc")
    assert file_digest(tmp_path / "file") == text_digest("abc") == ABC


def test_a_folder_is_digested_by_relative_path_whatever_the_order_of_writing(tmp_path):
    names = ["b", "a/c", "a/b/d", "Z"]
    for folder, order in (("one", names), ("two", reversed(names))):
        for name in order:
            file = tmp_path / folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(name)
    one = folder_digests(tmp_path / "one")
    assert one == folder_digests(tmp_path / "two")
    assert one == {name: text_digest(name) for name in names}


def test_a_folder_shows_a_changed_byte_and_a_renamed_file(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"1" * 100)
    before = folder_digests(tmp_path)
    file.write_bytes(b"1" * 99 + b"2")
    changed = folder_digests(tmp_path)
    assert changed.keys() == before.keys()
    assert changed != before
    file.rename(tmp_path / "other")
    assert folder_digests(tmp_path) == {"other": changed["file"]}


@settings(max_examples=60, deadline=None)
@given(values)
def test_a_document_keeps_its_digest_through_json(document):
    assert document_digest(json.loads(json.dumps(document))) == document_digest(document)
    assert json.loads(canonical(document)) == document


def test_the_order_of_keys_does_not_count_that_of_lists_does():
    assert document_digest({"a": 1, "b": {"c": 2, "d": 3}}) == document_digest(
        {"b": {"d": 3, "c": 2}, "a": 1}
    )
    assert document_digest([1, 2]) != document_digest([2, 1])
    assert canonical({"b": [1, 2.5], "a": "é"}) == '{"a":"é","b":[1,2.5]}'


@pytest.mark.parametrize(("one", "other"), [(1, 1.0), (1, True), (0, None), ("1", 1), ([], {}), ("", None)])
def test_types_are_told_apart(one, other):
    assert document_digest(one) != document_digest(other)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_json_cannot_say_is_refused(number):
    with pytest.raises(ValueError, match="not JSON compliant"):
        document_digest({"score": number})
