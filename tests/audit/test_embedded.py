"""Data in the page stay data: any text comes back as it was, and none can end its element."""

import json
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from raie.audit.embedded import embedded_json
from raie.audit.values import plain, rounded, significant
from tests.audit.chronicles import HOSTILE

ANY = st.text(st.characters(codec=None), max_size=40) | st.just(HOSTILE)


@given(st.dictionaries(ANY, st.lists(ANY | st.integers() | st.none()), max_size=4))
def test_every_text_survives_and_nothing_looks_like_markup(document):
    text = embedded_json(document)
    assert json.loads(text) == document
    assert not set("<>&\u2028\u2029") & set(text)
    text.encode("utf-8")


def test_what_json_has_no_word_for_is_refused():
    with pytest.raises(ValueError, match="JSON"):
        embedded_json({"recall": math.nan})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.float64("nan"), None), (math.inf, None), (pd.NA, None), (None, None), (np.int64(3), 3),
        (np.bool_(True), True), ("text", "text"), (0.123456, 0.123456), (True, True),
    ],
)  # fmt: skip
def test_values_become_plain(value, expected):
    result = plain(value)
    assert result == expected
    assert type(result) is type(expected)


@given(st.floats(-1e6, 1e6))
def test_rounding_keeps_what_it_says(value):
    assert rounded(value, 2) == pytest.approx(value, abs=0.005001)
    assert significant(value) == pytest.approx(value, rel=5.1e-4)
    assert "." not in json.dumps(rounded(float(round(value))))
