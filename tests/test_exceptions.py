"""Errors of the command line: what each one exits with."""

import ast
from pathlib import Path

import pytest

from raie import exceptions
from raie.exceptions import BusyError, MissingError, RaieError, RefusedError, TransientError, UsageError

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError, 2),
        (MissingError, 2),
        (RefusedError, 1),
        (BusyError, 1),
        (TransientError, 2),
        (RaieError, 2),
    ],
)
def test_exit_codes(error, code):
    assert error("why").exit_code == code
    assert str(error("why")) == "why"


def test_every_error_is_reported_without_a_traceback():
    declared = [each for each in vars(exceptions).values() if isinstance(each, type)]
    assert len(declared) == 6
    assert all(issubclass(error, RaieError) for error in declared)


def test_no_error_holds_a_line_break():
    """Texts of raised RAIE errors stay on one line (values may not, the texts around them must)."""
    broken = []
    for file in [*ROOT.glob("raie/**/*.py"), *ROOT.glob("flows/**/*.py")]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                texts = [part.value for part in ast.walk(node.exc) if isinstance(part, ast.Constant)]
                broken += [(file.name, text) for text in texts if "\n" in str(text)]
    assert not broken
