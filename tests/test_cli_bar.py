"""Progress of long work: what it says of the time left."""

import io
import itertools

import pytest
from rich.console import Console

from raie.cli import bar


@pytest.fixture
def clock(monkeypatch):
    """Seconds that pass only when a piece takes them."""
    now = [0.0]
    monkeypatch.setattr(bar.time, "monotonic", lambda: now[0])
    return now


def pieces(clock, seconds):
    for number, each in enumerate(seconds):
        clock[0] += each
        yield f"piece {number}"


def test_the_time_left_follows_what_pieces_take_now(clock, capsys):
    """Three of ten minutes, then forty of one: the slow ones are forgotten."""
    bar.told(pieces(clock, [600] * 3 + [60] * 40), total=43)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "1/43 piece 0, about 420 min left"
    assert lines[2] == "3/43 piece 2, about 400 min left"
    assert lines[32] == "33/43 piece 32, about 10 min left"
    assert lines[-1] == "43/43 piece 42, about 0 min left"


def test_pieces_found_done_promise_nothing(clock, capsys):
    """A run taken up again finds thirty at once, then does two of ten minutes."""
    bar.told(pieces(clock, [0.01] * 30 + [600] * 2), total=40)
    lines = capsys.readouterr().err.splitlines()
    assert lines[29] == "30/40 piece 29"
    assert lines[31] == "32/40 piece 31, about 80 min left"


def test_a_bar_tells_the_time_left_of_pieces_that_take_minutes(clock, monkeypatch):
    shown = io.StringIO()
    monkeypatch.setattr(bar.sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(bar, "Console", lambda **_: Console(file=shown, force_terminal=True, width=120))
    bar.told(itertools.islice(pieces(clock, [120] * 15), 5), total=15)
    assert "5/15" in shown.getvalue()
    assert "piece 4, about 20 min left" in shown.getvalue(), "ten more of two minutes each"
