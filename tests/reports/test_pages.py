"""How values are written, and that nothing unseen gets through."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raie.reports.pages import number, place, plain, printable, seconds, share, signed
from tests.reports.rundocuments import a_check


@given(st.text())
def test_printable_text_is_one_visible_line(text):
    shown = printable(text)
    assert shown.isprintable()
    assert printable(shown) == shown
    if text.isprintable():
        assert shown == text


@given(st.characters(categories=["Cs"]))
def test_what_no_file_could_hold_is_spelled_out(surrogate):
    printable(surrogate).encode("utf-8")


@pytest.mark.parametrize(
    ("write", "value", "text"),
    [
        (number, 1419, "1,419"),
        (number, 0.5, "0.5000"),
        (number, None, "-"),
        (signed, 0.02, "+0.0200"),
        (signed, -0.02, "-0.0200"),
        (signed, None, "-"),
        (share, 0.0625, "6.2 %"),
        (share, None, "-"),
        (seconds, 7.12, "7.1 s"),
        (seconds, 150.0, "2.5 min"),
        (plain, "a, b", "a, b"),
        (plain, [1, None], "[1, null]"),
    ],
)
def test_a_value_is_written(write, value, text):
    assert write(value) == text


def test_places_keep_the_order_of_differences():
    checks = [a_check("a", 0.02), a_check("b", -0.06, margin=0.05)]
    drawn = [float(place(value, checks)) for value in (-0.065, -0.05, 0.0, 0.02, 0.025)]
    assert drawn == sorted(drawn)
    assert drawn[2] == 50
    assert place(0.0, []) == "50.00"
