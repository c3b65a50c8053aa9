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
    """Three of ten minutes, then forty of one: the slow ones are forgotten, as those found done would be."""
    bar.told(pieces(clock, [600] * 3 + [60] * 40), total=43)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "1/43 piece 0, about 420 min left"
    assert lines[2] == "3/43 piece 2, about 400 min left"
    assert lines[32] == "33/43 piece 32, about 10 min left"
    assert lines[-1] == "43/43 piece 42, about 0 min left"


def test_a_bar_tells_the_time_left_of_pieces_that_take_minutes(clock, monkeypatch):
    shown = io.StringIO()
    monkeypatch.setattr(bar.sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(bar, "Console", lambda **_: Console(file=shown, force_terminal=True, width=120))
    monkeypatch.setattr(
        bar, "Progress", lambda *columns, **kwargs: _Progress(*columns, get_time=lambda: clock[0], **kwargs)
    )
    bar.told(itertools.islice(pieces(clock, [120] * 15), 5), total=15)
    assert "5/15" in shown.getvalue()
    assert "0:20:00" in shown.getvalue(), "ten more of two minutes each"


_Progress = bar.Progress
