"""Templates of pages and texts: the same values give the same bytes, and what is data stays data."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

NOT_KNOWN = "-"


def render(template: str, **values: Any) -> str:
    """Render ``<template>.j2`` of this room; everything but plain text is escaped."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=not template.endswith(".txt"),
        undefined=StrictUndefined,
        finalize=_finalized,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "number": number,
        "signed": signed,
        "share": share,
        "seconds": seconds,
        "place": place,
        "plain": plain,
    }
    return environment.get_template(f"{template}.j2").render(**values)


def printable(text: str) -> str:
    """Text on one line, in which what cannot be seen (line breaks, terminal codes) is spelled out."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in text
    )


def number(value: float | None) -> str:
    """Counts with separators, everything else with four decimals."""
    if value is None:
        return NOT_KNOWN
    return f"{value:,}" if isinstance(value, int) else f"{value:.4f}"


def signed(value: float | None) -> str:
    """A difference, with its sign."""
    return NOT_KNOWN if value is None else f"{value:+.4f}"


def share(value: float | None) -> str:
    """A share, in per cent."""
    return NOT_KNOWN if value is None else f"{100 * value:.1f} %"


def seconds(value: float) -> str:
    """Wall time."""
    return f"{value:.1f} s" if value < 120 else f"{value / 60:.1f} min"


def plain(value: Any) -> str:
    """A value of a JSON document: text as it is, all else as JSON writes it."""
    return value if isinstance(value, str) else json.dumps(value)


def place(value: float | None, checks: Sequence[Any]) -> str:
    """Where a difference lies on an axis from 0 to 100 that all checks share, with no change at 50."""
    ends = [abs(end) for check in checks for end in _ends(check) if end is not None]
    extent = max(ends, default=0.0)
    return f"{50 + 48 * (value or 0.0) / extent:.2f}" if extent else "50.00"


def _ends(check: Any) -> tuple[float | None, ...]:
    names = ("low", "high", "difference", "max_loss")
    return tuple(check[name] if isinstance(check, dict) else getattr(check, name) for name in names)


def _finalized(value: Any) -> Any:
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value
