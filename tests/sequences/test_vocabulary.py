import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from raie.exceptions import MissingError, UsageError
from raie.sequences.vocabulary import PAD, Vocabulary

ids = st.lists(st.text(min_size=1, max_size=4), max_size=30)


@given(ids, ids)
def test_growing_never_moves_an_item(first, later):
    before = Vocabulary().extend(first)
    after = before.extend(later)
    assert after.items[: len(before)] == before.items
    np.testing.assert_array_equal(after.indices(first), before.indices(first))


@given(ids)
def test_items_count_from_one_in_order_of_appearance(item_ids):
    vocabulary = Vocabulary().extend(item_ids)
    assert vocabulary.items == tuple(dict.fromkeys(item_ids))
    np.testing.assert_array_equal(vocabulary.indices(vocabulary.items), np.arange(1, len(vocabulary) + 1))


def test_unknown_items_are_padding():
    indices = Vocabulary(("a", "b")).indices(["b", "c", "a"])
    assert indices.dtype == np.int32
    assert indices.tolist() == [2, PAD, 1]


def test_extending_by_nothing_new_changes_nothing():
    vocabulary = Vocabulary(("a", "b"))
    assert vocabulary.extend(["b", "a"]) is vocabulary


def test_an_item_that_stands_twice_is_refused():
    with pytest.raises(UsageError, match="'a' stands twice"):
        Vocabulary(("a", "b", "a"))


def test_round_trip_keeps_ids_as_text(tmp_path):
    vocabulary = Vocabulary(("007", "1e3", "NA", "Caf\u00e9", 'a "quoted" id'))
    vocabulary.save(tmp_path / "vocabulary.json")
    assert Vocabulary.load(tmp_path / "vocabulary.json") == vocabulary


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(MissingError, match="no vocabulary at .*gone.json"):
        Vocabulary.load(tmp_path / "gone.json")
