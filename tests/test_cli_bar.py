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


def pieces(clock, seconds, kind="cells"):
    for number, each in enumerate(seconds):
        clock[0] += each
        yield bar.Piece(kind, f"piece {number}")


def lines(capsys):
    return capsys.readouterr().err.splitlines()


def test_the_time_left_follows_what_pieces_take_now(clock, capsys):
    """Three of ten minutes, then forty of one: the slow ones are forgotten."""
    bar.told(pieces(clock, [600] * 3 + [60] * 40), pieces={"cells": 43})
    told = lines(capsys)
    assert told[0] == "1/43 piece 0, about 420 min left"
    assert told[2] == "3/43 piece 2, about 400 min left"
    assert told[32] == "33/43 piece 32, about 10 min left"
    assert told[-1] == "43/43 piece 42"


def test_pieces_found_done_promise_nothing(clock, capsys):
    """A run taken up again finds thirty at once, then does four of ten minutes, by two and two."""
    bar.told(pieces(clock, [0.01] * 30 + [600, 0.01] * 2), pieces={"cells": 40})
    told = lines(capsys)
    assert told[29] == "30/40 piece 29"
    assert told[31] == "32/40 piece 31, about 40 min left"
    assert told[33] == "34/40 piece 33, about 30 min left"


def test_what_no_piece_tells_of_is_not_guessed(clock, capsys):
    """Backbones take much longer than the cells that follow."""
    kinds = pieces(clock, [600] * 2, "backbones"), pieces(clock, [60] * 5)
    bar.told(itertools.chain(*kinds), pieces={"backbones": 2, "cells": 5})
    told = lines(capsys)
    assert told[0] == "1/7 piece 0, about 10 min left of backbones"
    assert told[1] == "2/7 piece 1"
    assert told[2] == "3/7 piece 0, about 4 min left"


def test_a_bar_tells_the_time_left_of_pieces_that_take_minutes(clock, monkeypatch):
    shown = io.StringIO()
    monkeypatch.setattr(bar.sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(bar, "Console", lambda **_: Console(file=shown, force_terminal=True, width=120))
    bar.told(itertools.islice(pieces(clock, [120] * 15), 5), pieces={"cells": 15})
    assert "5/15" in shown.getvalue()
    assert "piece 4, about 20 min left" in shown.getvalue(), "ten more of two minutes each"
