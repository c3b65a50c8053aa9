"""How every stage starts: its keyword arguments are required paths, its errors one line."""

import sys
from pathlib import Path

import pytest

from raie.exceptions import BusyError, MissingError, RefusedError, UsageError
from raie.stages.entry import has_previous, start


@pytest.fixture
def run(monkeypatch):
    def started(stage, *arguments):
        monkeypatch.setattr(sys, "argv", ["stage", *arguments])
        start(stage)

    return started


def test_arguments_become_paths_by_name(run):
    given = {}

    def stage(*, inbox: Path, previous_regions: Path) -> None:
        given.update(inbox=inbox, previous_regions=previous_regions)

    run(stage, "--previous-regions", "data/previous/regions", "--inbox", "data/inbox")
    assert given == {"inbox": Path("data/inbox"), "previous_regions": Path("data/previous/regions")}


@pytest.mark.parametrize(
    "arguments", [[], ["--inbox"], ["--inbox", "a", "--other", "b"], ["--inbox", "a", "b"]]
)
def test_a_missing_or_unknown_argument_ends_with_2(run, arguments, capsys):
    def stage(*, inbox: Path) -> None:
        raise AssertionError("must not run")

    with pytest.raises(SystemExit) as ended:
        run(stage, *arguments)
    assert ended.value.code == 2
    assert "--inbox" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code"), [(RefusedError, 1), (BusyError, 1), (UsageError, 2), (MissingError, 2)]
)
def test_an_error_becomes_one_line_and_its_exit_code(run, error, code, capsys):
    def stage() -> None:
        raise error("row 3 has no user: name one")

    with pytest.raises(SystemExit) as ended:
        run(stage)
    assert ended.value.code == code
    assert capsys.readouterr() == ("", "raie: row 3 has no user: name one\n")


def test_a_fault_of_our_own_keeps_its_traceback(run):
    def stage() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(stage)


def test_a_placeholder_is_no_previous_snapshot(tmp_path):
    assert not has_previous(tmp_path)
    (tmp_path / ".gitkeep").touch()
    assert not has_previous(tmp_path)
    (tmp_path / "regions.json").touch()
    assert has_previous(tmp_path)
