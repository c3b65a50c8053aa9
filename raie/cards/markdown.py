"""Markdown from templates: equal values give equal text, and what is data stays data."""

import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from raie.cards.estimates import Estimate

NOT_KNOWN = "-"
_SPECIAL = re.compile(r"([\\`*\[\]|])")
_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def render(template: str, **values: Any) -> str:
    """Render ``<template>.j2`` of this room; text from the values is escaped."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        # Markdown has escapes of its own: those of HTML would come on top
        autoescape=False,
        undefined=StrictUndefined,
        finalize=_finalized,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"number": number, "signed": signed, "share": share, "interval": interval}
    return environment.get_template(f"{template}.j2").render(**values)


def escaped(text: str) -> str:
    """Text on one line that Markdown shows as it is."""
    plain = "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in text
    )
    return "".join(_HTML.get(each, each) for each in _SPECIAL.sub(r"\\\1", plain))


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


def interval(estimate: Estimate, *, sign: bool = False) -> str:
    """A mean, and its interval in parentheses where there is one."""
    form = signed if sign else number
    if estimate.low is None:
        return form(estimate.value)
    return f"{form(estimate.value)} ({form(estimate.low)} to {form(estimate.high)})"


def _finalized(value: Any) -> Any:
    return escaped(value) if isinstance(value, str) and not isinstance(value, Markup) else value
