"""Numbers, ranges and settings as text, the same in every way of writing a table down."""

from collections.abc import Mapping, Sequence

from raie.experiments.tables.record import Setting
from raie.experiments.tables.row import Summary
from raie.metrics.bootstrap import Interval

NOT_KNOWN = "-"


def printable(text: str) -> str:
    """Text on one line, in which what cannot be seen (line breaks, terminal codes) is spelled out."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in text
    )


def count(value: float) -> str:
    """A whole number with separators; a mean that is none with one decimal."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def span(low: int, high: int) -> str:
    """A range, one number where its ends are equal."""
    return count(low) if low == high else f"{count(low)} to {count(high)}"


def metric(value: float) -> str:
    """A metric with four decimals; what rounds to nothing has no sign."""
    return f"{value:z.4f}"


def listed(seeds: Sequence[int]) -> str:
    """Seeds one after the other."""
    return f"seed{'s' * (len(seeds) > 1)} {', '.join(map(str, seeds))}"


def difference(interval: Interval) -> str:
    """A difference and its interval."""
    return f"{interval.difference:+z.4f} [{interval.low:+z.4f}, {interval.high:+z.4f}]"


def chosen(row: Summary) -> str:
    """Settings of a row, with the seeds they are for where these differ."""
    if len(row.chosen) == 1:
        return _settings(row.chosen[0].settings)
    return "; ".join(f"{listed(each.seeds)}: {_settings(each.settings)}" for each in row.chosen)


def _settings(settings: Mapping[str, Setting]) -> str:
    parts = (f"{name.replace('_', ' ')} {_setting(value)}" for name, value in settings.items())
    return printable(", ".join(parts)) or NOT_KNOWN


def _setting(value: Setting) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_setting, value)) + "]"
    return f"{value:g}" if isinstance(value, float) else str(value)
