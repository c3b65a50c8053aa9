"""Numbers under flat names: nothing is lost, and a region's own are found wherever they are listed."""

import json

from hypothesis import given
from hypothesis import strategies as st

from raie.tracking.numbers import flatten, numbers

NAMES = st.text("abc", min_size=1, max_size=3)
LEAVES = st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-1, 1) | st.text(max_size=2)
INNER = st.dictionaries(NAMES, LEAVES, min_size=1, max_size=3)
DOCUMENTS = st.dictionaries(NAMES, LEAVES | st.dictionaries(NAMES, LEAVES | INNER, min_size=1, max_size=3))


def test_flattening_keeps_every_leaf():
    nested = {"a": {"b": 1, "c": {"d": [1, 2], "e": {}}}, "f": None}
    assert flatten(nested) == {"a.b": 1, "a.c.d": [1, 2], "f": None}


@given(DOCUMENTS)
def test_a_document_can_be_read_back_from_its_flat_names(document):
    rebuilt = {}
    for name, value in flatten(document).items():
        *path, last = name.split(".")
        place = rebuilt
        for key in path:
            place = place.setdefault(key, {})
        place[last] = value
    assert json.dumps(rebuilt, sort_keys=True) == json.dumps(document, sort_keys=True)


@given(DOCUMENTS)
def test_numbers_are_the_leaves_that_are_numbers_and_no_truth_values(document):
    found = numbers(document)
    leaves = flatten(document)
    assert found == {name: v for name, v in leaves.items() if type(v) in (int, float)}
    assert all(type(value) is float for value in found.values())
